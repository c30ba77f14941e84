package dev.twinpath.server.metrics;

/** The HTTP version of one request: label {@code protocol} of the HTTP meters. */
public enum HttpProtocol implements LabelValue {
  /** RFC 1945. */
  HTTP_1_0("http/1.0"),
  /** RFC 9112. */
  HTTP_1_1("http/1.1");

  private final String label;

  HttpProtocol(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
