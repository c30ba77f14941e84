package dev.twinpath.server.ftp;

import dev.twinpath.server.ftp.FtpCommand.Defect;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Cuts the bytes of a control connection into commands: lines that end in LF or CRLF, with the
 * Telnet commands of RFC 854 removed, which clients put before ABOR. Holds at most one line of the
 * limit's length, whatever comes. Not thread-safe.
 */
final class FtpCommandReader {
  private static final int IAC = 0xFF;
  private static final int TELNET_FIRST_WITH_OPTION = 0xFB;
  private static final int SUBNEGOTIATION = 0xFA;
  private static final int SUBNEGOTIATION_END = 0xF0;
  private static final int LOWEST_TELNET_COMMAND = 0xF0;

  private enum Telnet {
    DATA,
    COMMAND,
    OPTION,
    SUBNEGOTIATION,
    SUBNEGOTIATION_COMMAND
  }

  private final byte[] line;
  private int length;
  private boolean overflow;
  private Telnet telnet = Telnet.DATA;

  /**
   * @param maxLine longest line, in bytes, without its line end
   */
  FtpCommandReader(int maxLine) {
    line = new byte[maxLine];
  }

  /** Takes bytes up to the end of the next line; empty if they run out before. */
  Optional<FtpCommand> read(ByteBuf in) {
    while (in.isReadable()) {
      int octet = in.readUnsignedByte();
      if (telnet != Telnet.DATA || octet == IAC) {
        octet = telnet(octet);
        if (octet < 0) {
          continue;
        }
      } else if (length == 0 && octet >= LOWEST_TELNET_COMMAND) {
        // A Telnet sequence sent as urgent data loses the byte that was marked, so that the rest
        // of it stands naked before the verb.
        continue;
      }
      if (octet == '\n') {
        return Optional.of(finishLine());
      }
      append(octet);
    }
    return Optional.empty();
  }

  /** One step of the Telnet machine: the data byte that comes out, or -1. */
  private int telnet(int octet) {
    switch (telnet) {
      case COMMAND:
        telnet = Telnet.DATA;
        if (octet == IAC) {
          return length == 0 ? -1 : octet;
        } else if (octet == SUBNEGOTIATION) {
          telnet = Telnet.SUBNEGOTIATION;
        } else if (octet >= TELNET_FIRST_WITH_OPTION) {
          telnet = Telnet.OPTION;
        } else if (octet < LOWEST_TELNET_COMMAND) {
          return octet; // the command byte travelled as urgent data; this is the text after it
        }
        return -1;
      case OPTION:
        telnet = Telnet.DATA;
        return -1;
      case SUBNEGOTIATION:
        if (octet == IAC) {
          telnet = Telnet.SUBNEGOTIATION_COMMAND;
        }
        return -1;
      case SUBNEGOTIATION_COMMAND:
        telnet = octet == SUBNEGOTIATION_END ? Telnet.DATA : Telnet.SUBNEGOTIATION;
        return -1;
      default:
        telnet = Telnet.COMMAND;
        return -1;
    }
  }

  private void append(int octet) {
    if (octet == 0) {
      return; // Telnet pads a lone CR with NUL (RFC 854); no name holds one
    }
    if (length == line.length) {
      overflow = true;
    } else {
      line[length++] = (byte) octet;
    }
  }

  private FtpCommand finishLine() {
    int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    boolean tooLong = overflow;
    length = 0;
    overflow = false;
    return tooLong ? FtpCommand.defective(Defect.TOO_LONG) : parse(end);
  }

  private FtpCommand parse(int end) {
    int space = 0;
    while (space < end && line[space] != ' ') {
      int letter = line[space] | 0x20;
      if (letter < 'a' || letter > 'z' || space == FtpCommand.MAX_VERB) {
        return FtpCommand.defective(Defect.NOT_A_VERB);
      }
      space++;
    }
    String verb = new String(line, 0, space, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT);
    int start = Math.min(space + 1, end);
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line, start, end - start);
      String argument = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      return new FtpCommand(verb, argument, Defect.NONE);
    } catch (CharacterCodingException e) {
      return new FtpCommand(verb, "", Defect.NOT_UTF8);
    }
  }
}
