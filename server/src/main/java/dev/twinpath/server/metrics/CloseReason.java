package dev.twinpath.server.metrics;

/** Why a connection ended: label {@code reason}. The first cause wins. */
public enum CloseReason implements LabelValue {
  /** The client closed in order, between requests. */
  CLIENT("client"),
  /** The server closed in order: Connection: close, QUIT, end of a data transfer. */
  SERVER("server"),
  /** The client reset the connection, or vanished during a response. */
  RESET("reset"),
  /** No progress for the idle time. */
  IDLE("idle"),
  /** The client sent something malformed. */
  PROTOCOL_ERROR("protocol_error"),
  /** The file shrank below what the response had promised. */
  TRUNCATED("truncated"),
  /** An I/O error, or a failure inside the server. */
  ERROR("error"),
  /** Refused at a limit: too many connections or sessions. */
  REFUSED("refused"),
  /** Ended by a shutdown. */
  DRAIN("drain");

  private final String label;

  CloseReason(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
