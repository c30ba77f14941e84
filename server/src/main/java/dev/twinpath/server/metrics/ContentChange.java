package dev.twinpath.server.metrics;

/** How a file was found to have changed under the server: label {@code change}. */
public enum ContentChange implements LabelValue {
  /** Shorter than before. */
  TRUNCATED("truncated"),
  /** Longer than before. */
  GROWN("grown"),
  /** Another file under the same name, or other bytes of the same length. */
  REPLACED("replaced");

  private final String label;

  ContentChange(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
