package dev.twinpath.loadgen.engine;

import java.util.Locale;

/** Why a request did not count as a success. Every failed request has exactly one kind. */
public enum ErrorKind {
  /** The connection could not be made. */
  CONNECT,
  /** The connection ended before the whole response head had come. */
  RESET,
  /** Nothing came for as long as the time-out allows. */
  TIMEOUT,
  /** The response is not HTTP/1.x as RFC 9112 has it. */
  MALFORMED,
  /** The status is not one that the run expects. */
  STATUS,
  /** The connection ended inside the body. */
  SHORT_BODY,
  /** The body has another length or checksum than it should. */
  BODY_MISMATCH;

  private static final ErrorKind[] VALUES = values();

  /** Returns the number of kinds. */
  static int count() {
    return VALUES.length;
  }

  /** Returns the name in reports, for example {@code short_body}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
