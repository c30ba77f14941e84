package dev.twinpath.server.metrics;

/** The direction of an FTP data transfer: label {@code direction}. */
public enum TransferDirection implements LabelValue {
  /** RETR. */
  DOWNLOAD("download"),
  /** LIST, NLST, MLSD. */
  LISTING("listing"),
  /** STOR and its kin. */
  UPLOAD("upload");

  private final String label;

  TransferDirection(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
