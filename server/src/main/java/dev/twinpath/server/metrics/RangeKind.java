package dev.twinpath.server.metrics;

/** The form of a Range header: label {@code kind}. */
public enum RangeKind implements LabelValue {
  /** bytes=first-last. */
  FIRST_LAST("first_last"),
  /** bytes=first-, as a resumed download sends it. */
  FROM("from"),
  /** bytes=-length. */
  SUFFIX("suffix"),
  /** More than one range. */
  MULTIPLE("multiple"),
  /** Another unit, or a malformed header. */
  OTHER("other");

  private final String label;

  RangeKind(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
