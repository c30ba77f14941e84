package dev.twinpath.server.ftp;

/**
 * One line of a control connection.
 *
 * @param verb the command in upper case, at most {@value #MAX_VERB} characters; empty if the line
 *     had none
 * @param argument everything after the first space, untouched, because names may begin or end with
 *     spaces (RFC 3659, section 2.2); empty if there was none
 * @param defect what is wrong with the line as a line
 */
record FtpCommand(String verb, String argument, Defect defect) {
  /** No command of FTP is longer than four letters; a little more lets an error name it. */
  static final int MAX_VERB = 8;

  /** Why a line cannot be a command at all. */
  enum Defect {
    /** Nothing: it is a command, though perhaps an unknown one. */
    NONE,
    /** Longer than the limit; the rest was thrown away up to its line end. */
    TOO_LONG,
    /** Not UTF-8 (RFC 2640). */
    NOT_UTF8,
    /** The verb holds something other than ASCII letters. */
    NOT_A_VERB
  }

  static FtpCommand defective(Defect defect) {
    return new FtpCommand("", "", defect);
  }

  boolean is(String name) {
    return verb.equals(name);
  }
}
