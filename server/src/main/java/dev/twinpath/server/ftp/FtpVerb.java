package dev.twinpath.server.ftp;

/** What one command does. It ends with exactly one final reply, perhaps later. */
@FunctionalInterface
interface FtpVerb {
  void run(FtpSession session, String argument);
}
