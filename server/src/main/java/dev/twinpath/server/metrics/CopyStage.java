package dev.twinpath.server.metrics;

/**
 * Where host code copied payload bytes: label {@code stage}. The zero-copy proof is that these
 * stand still.
 */
public enum CopyStage implements LabelValue {
  /** File bytes read into a buffer by the content store. */
  CONTENT("content"),
  /** Bodies built by the server: listings, error pages. */
  GENERATED("generated"),
  /** Copied into the user stack send slab. */
  SEND_COPY("send_copy"),
  /** Copied out of the user stack receive buffers. */
  RECEIVE_COPY("receive_copy"),
  /** Copied aside because it arrived out of order. */
  REASSEMBLY("reassembly"),
  /** Relayed from a kernel socket towards the user stack. */
  GATEWAY_IN("gateway_in"),
  /** Relayed from the user stack towards a kernel socket. */
  GATEWAY_OUT("gateway_out");

  private final String label;

  CopyStage(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
