package dev.twinpath.server.metrics;

/** What became of a Range header: label {@code result}. */
public enum RangeResult implements LabelValue {
  /** Answered by 206. */
  PARTIAL("partial"),
  /** Answered by 416. */
  UNSATISFIABLE("unsatisfiable"),
  /**
   * The whole representation was sent: unit or form not supported, malformed, or If-Range did not
   * match.
   */
  IGNORED("ignored");

  private final String label;

  RangeResult(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
