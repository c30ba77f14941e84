package dev.twinpath.server.cli;

/** A command could not do its work; the message is one line for the user. Exit code 1. */
final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }

  CommandFailure(String message) {
    super(message);
  }
}
