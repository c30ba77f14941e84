package dev.twinpath.server.metrics;

import java.util.Arrays;

/**
 * The closed sets behind the labels {@code command} and {@code code} of the FTP command counter. A
 * client may type anything; what is not a command or reply of RFC 959, 2389, 2428, 3659 or 4217
 * becomes {@code other}.
 */
final class FtpReplies {
  private static final String[] COMMANDS = {
    "USER", "PASS", "ACCT", "CWD", "CDUP", "QUIT", "REIN", "PORT", "PASV", "TYPE", "STRU", "MODE",
    "RETR", "STOR", "APPE", "ALLO", "REST", "RNFR", "RNTO", "ABOR", "DELE", "RMD", "MKD", "PWD",
    "LIST", "NLST", "SITE", "SYST", "STAT", "HELP", "NOOP", "FEAT", "OPTS", "EPRT", "EPSV", "SIZE",
    "MDTM", "MLST", "MLSD", "AUTH", "PBSZ", "PROT", "CCC", "HOST", "XPWD", "XCWD", "XCUP", "other"
  };

  private static final int[] CODES = {
    110, 120, 125, 150, 200, 202, 211, 212, 213, 214, 215, 220, 221, 225, 226, 227, 228, 229, 230,
    232, 234, 250, 257, 331, 332, 350, 421, 425, 426, 430, 431, 434, 450, 451, 452, 500, 501, 502,
    503, 504, 521, 522, 530, 532, 533, 534, 535, 536, 550, 551, 552, 553, 554
  };

  private static final int LOWEST = 100;
  private static final byte[] CODE_INDEX = new byte[500];

  static {
    Arrays.fill(CODE_INDEX, (byte) CODES.length);
    for (int i = 0; i < CODES.length; i++) {
      CODE_INDEX[CODES[i] - LOWEST] = (byte) i;
    }
  }

  private FtpReplies() {}

  static LabelValue[] commands() {
    return Arrays.stream(COMMANDS)
        .map(command -> (LabelValue) () -> command)
        .toArray(LabelValue[]::new);
  }

  static LabelValue[] codes() {
    LabelValue[] values = new LabelValue[CODES.length + 1];
    for (int i = 0; i < CODES.length; i++) {
      String text = Integer.toString(CODES[i]);
      values[i] = () -> text;
    }
    values[CODES.length] = () -> "other";
    return values;
  }

  /** The index of an upper-case command. A short scan: control connections type at human speed. */
  static int commandIndex(String command) {
    for (int i = 0; i < COMMANDS.length - 1; i++) {
      if (COMMANDS[i].equals(command)) {
        return i;
      }
    }
    return COMMANDS.length - 1;
  }

  static int codeIndex(int code) {
    int index = code - LOWEST;
    return index < 0 || index >= CODE_INDEX.length ? CODES.length : CODE_INDEX[index];
  }
}
