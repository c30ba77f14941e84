package dev.twinpath.server;

/** A server cannot start; the message is one line that says why, and what to do about it. */
public final class StartException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With a message for the user. */
  public StartException(String message) {
    super(message);
  }

  /** With a message for the user and the cause for the log. */
  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
