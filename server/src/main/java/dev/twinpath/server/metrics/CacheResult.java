package dev.twinpath.server.metrics;

/** What a lookup in the content cache found: label {@code result}. */
public enum CacheResult implements LabelValue {
  /** The open file was there and unchanged. */
  HIT("hit"),
  /** The file had to be opened. */
  MISS("miss"),
  /** The open file was there, was looked at again, and was still right. */
  REVALIDATED("revalidated");

  private final String label;

  CacheResult(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
