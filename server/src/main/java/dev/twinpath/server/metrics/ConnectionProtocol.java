package dev.twinpath.server.metrics;

/** What a connection was accepted for: label {@code protocol} of the connection meters. */
public enum ConnectionProtocol implements LabelValue {
  /** An HTTP connection. */
  HTTP("http"),
  /** An FTP control connection. */
  FTP("ftp"),
  /** An FTP data connection. */
  FTP_DATA("ftp_data");

  private final String label;

  ConnectionProtocol(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
