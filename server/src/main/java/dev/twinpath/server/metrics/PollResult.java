package dev.twinpath.server.metrics;

/** What one turn of an event loop did: label {@code result}. */
public enum PollResult implements LabelValue {
  /** It found work. */
  BUSY("busy"),
  /** It found nothing. */
  IDLE("idle");

  private final String label;

  PollResult(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
