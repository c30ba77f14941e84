package dev.twinpath.userstack.netty;

import java.io.IOException;

/**
 * A file became shorter than the part of it that was being sent. The connection was reset, so that
 * the peer does not take what it has for the whole.
 */
public final class FileTruncatedException extends IOException {
  private static final long serialVersionUID = 1L;

  FileTruncatedException(String message) {
    super(message);
  }
}
