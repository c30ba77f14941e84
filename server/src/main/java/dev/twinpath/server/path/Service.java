package dev.twinpath.server.path;

/** What a listener serves. */
public enum Service {
  /** The Web server. */
  HTTP,
  /** The control connections of the FTP server. */
  FTP
}
