package dev.twinpath.userstack.stack;

/** A request of the application that the stack cannot grant. */
public final class StackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The cause, as Linux's errno would name it. */
  public enum Reason {
    /** EADDRINUSE: another listener has the port, or no ephemeral port is free. */
    ADDRESS_IN_USE,
    /** EADDRNOTAVAIL: not an address of this stack. */
    ADDRESS_NOT_AVAILABLE,
    /** ENETUNREACH: no route to the destination. */
    NETWORK_UNREACHABLE,
    /** ENFILE: the shard's connection table is full. */
    TOO_MANY_CONNECTIONS,
    /** ENOTCONN, EPIPE: the connection's output is already shut. */
    OUTPUT_SHUT,
    /** EACCES: a broadcast address, and the socket did not ask for it. */
    NOT_PERMITTED,
    /** The shard is closed. */
    CLOSED
  }

  private final Reason reason;

  /** Creates the exception. */
  public StackException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** The cause. */
  public Reason reason() {
    return reason;
  }
}
