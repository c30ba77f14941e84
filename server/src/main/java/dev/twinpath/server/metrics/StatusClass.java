package dev.twinpath.server.metrics;

/** The class of an HTTP status: label {@code status_class}. */
public enum StatusClass implements LabelValue {
  INFORMATIONAL("1xx"),
  SUCCESSFUL("2xx"),
  REDIRECTION("3xx"),
  CLIENT_ERROR("4xx"),
  SERVER_ERROR("5xx");

  private static final StatusClass[] VALUES = values();

  private final String label;

  StatusClass(String label) {
    this.label = label;
  }

  /**
   * The class of a status 100..599; anything else counts as a server error, since we must have made
   * it.
   */
  public static StatusClass of(int status) {
    return status < 100 || status > 599 ? SERVER_ERROR : VALUES[status / 100 - 1];
  }

  @Override
  public String label() {
    return label;
  }
}
