package dev.twinpath.server.metrics;

/** How a response body's bytes left the server: label {@code mode}. */
public enum BodyMode implements LabelValue {
  /** File to socket by sendfile(2). */
  SENDFILE("sendfile"),
  /** File to pipe to socket by splice(2) (io_uring). */
  SPLICE("splice"),
  /** Pages of the mapped file gathered by the NIC (user path). */
  MAPPED("mapped"),
  /** A small body from a shared off-heap cache entry. */
  CACHED("cached"),
  /** Bytes that host code copied into a buffer first: listings, error pages, fallbacks. */
  COPY("copy");

  private final String label;

  BodyMode(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
