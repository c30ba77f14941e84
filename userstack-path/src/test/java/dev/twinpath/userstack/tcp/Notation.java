package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** A segment in the notation of {@link Transcript}. */
final class Notation {
  private static final String LETTERS = "FSRP.UEC";
  private static final long ANY = Long.MIN_VALUE;

  int flags;
  long sequence;
  long end = -1;
  long acknowledgment = -1;
  int window = -1;

  /** The two bits of explicit congestion notification, 0 to 3. */
  int ecn = -1;

  int mss = -1;
  int windowScale = -1;
  boolean sackPermitted;
  boolean timestamps;
  long timestampValue = ANY;
  long timestampEcho = ANY;
  final List<long[]> sack = new ArrayList<>();
  boolean sackNamed;

  /** Fast Open cookie in hexadecimal, empty for a request, null for no option. */
  String fastOpen;

  static Notation parse(String text) {
    Notation n = new Notation();
    String[] words = text.trim().split("\\s+");
    for (char letter : words[0].toCharArray()) {
      n.flags |= 1 << LETTERS.indexOf(letter);
    }
    String[] range = words[1].split(":");
    n.sequence = number(range[0]);
    n.end = range.length > 1 ? number(range[1]) : n.sequence;
    for (int i = 2; i < words.length; i++) {
      switch (words[i]) {
        case "ack":
          n.acknowledgment = number(words[++i]);
          break;
        case "win":
          n.window = (int) number(words[++i]);
          break;
        case "ecn":
          n.ecn = (int) number(words[++i]);
          break;
        case "mss":
          n.mss = (int) number(words[++i]);
          break;
        case "ws":
          n.windowScale = words[++i].equals("*") ? -2 : Integer.parseInt(words[i]);
          break;
        case "fo":
          n.fastOpen = words[++i].equals("request") ? "" : words[i];
          break;
        case "sackOK":
          n.sackPermitted = true;
          break;
        case "ts":
          n.timestamps = true;
          n.timestampValue = number(words[++i]);
          n.timestampEcho = number(words[++i]);
          break;
        case "sack":
          n.sackNamed = true;
          for (String block : words[++i].split(",")) {
            if (!block.equals("none")) {
              String[] edges = block.split("-");
              n.sack.add(new long[] {number(edges[0]), number(edges[1])});
            }
          }
          break;
        default:
          throw new IllegalArgumentException("not a segment: " + text);
      }
    }
    return n;
  }

  private static long number(String word) {
    return word.equals("*") ? ANY : Long.parseLong(word);
  }

  int payload() {
    return (int) (end - sequence);
  }

  int writeOptions(Transcript t, long at) {
    int length = 0;
    if (mss >= 0) {
      Memory.putIntBE(at, TcpHeader.OPTION_MSS << 24 | 4 << 16 | mss);
      length += 4;
    }
    if (sackPermitted) {
      Memory.putIntBE(at + length, 0x01010000 | TcpHeader.OPTION_SACK_PERMITTED << 8 | 2);
      length += 4;
    }
    if (timestamps) {
      Memory.putIntBE(at + length, 0x0101080a);
      Memory.putIntBE(at + length + 4, (int) timestampValue);
      long echo = timestampEcho == ANY ? 0 : timestampEcho;
      boolean real = t.stackTimestampKnown && echo != 0;
      Memory.putIntBE(at + length + 8, real ? t.stackTimestamp + (int) echo : 0);
      length += 12;
    }
    if (fastOpen != null) {
      byte[] cookie = HexFormat.of().parseHex(fastOpen.equals("=") ? t.fastOpenCookie : fastOpen);
      while ((cookie.length + 2 + length & 3) != 0) {
        Memory.putByte(at + length++, TcpHeader.OPTION_NOP);
      }
      Memory.putByte(at + length, Segment.OPTION_FAST_OPEN);
      Memory.putByte(at + length + 1, cookie.length + 2);
      Memory.copy(cookie, 0, at + length + 2, cookie.length);
      length += 2 + cookie.length;
    }
    if (windowScale >= 0) {
      Memory.putIntBE(
          at + length, 0x01000000 | TcpHeader.OPTION_WINDOW_SCALE << 16 | 3 << 8 | windowScale);
      length += 4;
    }
    if (!sack.isEmpty()) {
      Memory.putIntBE(at + length, 0x01010000 | TcpHeader.OPTION_SACK << 8 | 2 + 8 * sack.size());
      length += 4;
      for (long[] block : sack) {
        Memory.putIntBE(at + length, t.stackSequence + (int) block[0]);
        Memory.putIntBE(at + length + 4, t.stackSequence + (int) block[1]);
        length += 8;
      }
    }
    return length;
  }

  /** Reads a segment of the stack. Its timestamps count from its first, which is 1. */
  static Notation read(Transcript t, long tcp, int length) {
    Notation n = new Notation();
    n.flags = TcpHeader.flags(tcp);
    n.sequence = TcpHeader.sequence(tcp) - t.stackSequence;
    int header = TcpHeader.headerLength(tcp);
    n.end = n.sequence + length - header;
    if ((n.flags & TcpHeader.ACK) != 0) {
      n.acknowledgment = TcpHeader.acknowledgment(tcp) - Transcript.PEER_SEQUENCE;
    }
    n.window = TcpHeader.window(tcp);
    int at = TcpHeader.MIN_LENGTH;
    while (at < header) {
      int kind = Memory.getByte(tcp + at);
      if (kind == TcpHeader.OPTION_END) {
        break;
      }
      if (kind == TcpHeader.OPTION_NOP) {
        at++;
        continue;
      }
      n.readOption(t, kind, tcp + at + 2, Memory.getByte(tcp + at + 1) - 2);
      at += Memory.getByte(tcp + at + 1);
    }
    return n;
  }

  private void readOption(Transcript t, int kind, long at, int length) {
    switch (kind) {
      case TcpHeader.OPTION_MSS:
        mss = Memory.getShortBE(at);
        break;
      case TcpHeader.OPTION_WINDOW_SCALE:
        windowScale = Memory.getByte(at);
        break;
      case TcpHeader.OPTION_SACK_PERMITTED:
        sackPermitted = true;
        break;
      case TcpHeader.OPTION_TIMESTAMPS:
        timestamps = true;
        if (!t.stackTimestampKnown) {
          t.stackTimestampKnown = true;
          t.stackTimestamp = Memory.getIntBE(at) - 1;
        }
        timestampValue = Memory.getIntBE(at) - t.stackTimestamp;
        timestampEcho = Memory.getIntBE(at + 4);
        break;
      case Segment.OPTION_FAST_OPEN:
        fastOpen = HexFormat.of().formatHex(Memory.toArray(at, length));
        t.fastOpenCookie = fastOpen;
        break;
      case TcpHeader.OPTION_SACK:
        for (int i = 0; i < length; i += 8) {
          sack.add(
              new long[] {
                Memory.getIntBE(at + i) - Transcript.PEER_SEQUENCE,
                Memory.getIntBE(at + i + 4) - Transcript.PEER_SEQUENCE
              });
        }
        break;
      default:
        throw new AssertionError("option " + kind);
    }
  }

  /** What of this, the expected, the other is not; empty if nothing. */
  String difference(Notation actual) {
    StringBuilder text = new StringBuilder();
    // PSH is advice: only checked where it is expected.
    int compared = (flags & TcpHeader.PSH) != 0 ? 0xff : ~TcpHeader.PSH;
    check(text, "flags", flags & compared, actual.flags & compared & 0xff);
    check(text, "seq", sequence, actual.sequence);
    check(text, "end", end, actual.end);
    if (acknowledgment != -1) {
      check(text, "ack", acknowledgment, actual.acknowledgment);
    }
    if (window != -1) {
      check(text, "win", window, actual.window);
    }
    if (ecn != -1) {
      check(text, "ecn", ecn, actual.ecn);
    }
    if (mss != -1) {
      check(text, "mss", mss, actual.mss);
    }
    if (windowScale == -2) {
      check(text, "ws present", 1, actual.windowScale >= 0 ? 1 : 0);
    } else if (windowScale != -1 || (flags & TcpHeader.SYN) != 0) {
      check(text, "ws", windowScale, actual.windowScale);
    }
    if (sackPermitted || (flags & TcpHeader.SYN) != 0) {
      check(text, "sackOK", sackPermitted ? 1 : 0, actual.sackPermitted ? 1 : 0);
    }
    if (timestamps) {
      check(text, "ts present", 1, actual.timestamps ? 1 : 0);
      check(text, "ts value", timestampValue, actual.timestampValue);
      check(text, "ts echo", timestampEcho, actual.timestampEcho);
    }
    if (fastOpen != null || (flags & TcpHeader.SYN) != 0) {
      boolean same =
          "*".equals(fastOpen)
              ? actual.fastOpen != null && !actual.fastOpen.isEmpty()
              : Objects.equals(fastOpen, actual.fastOpen);
      if (!same) {
        text.append("fo: expected ").append(fastOpen).append(" got ").append(actual.fastOpen);
      }
    }
    if (sackNamed) {
      check(text, "sack blocks", sack.size(), actual.sack.size());
      for (int i = 0; i < Math.min(sack.size(), actual.sack.size()); i++) {
        check(text, "sack left", sack.get(i)[0], actual.sack.get(i)[0]);
        check(text, "sack right", sack.get(i)[1], actual.sack.get(i)[1]);
      }
    }
    return text.toString();
  }

  private static void check(StringBuilder text, String name, long expected, long actual) {
    if (expected != ANY && expected != actual) {
      text.append(name).append(": expected ").append(expected).append(" got ").append(actual);
      text.append("; ");
    }
  }

  /** Flags and numbers only. */
  String brief() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      if (((flags & ~TcpHeader.PSH) >> i & 1) != 0) {
        text.append(LETTERS.charAt(i));
      }
    }
    text.append(' ').append(sequence);
    if (end > sequence) {
      text.append(':').append(end);
    }
    return acknowledgment == -1 ? text.toString() : text + " ack " + acknowledgment;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < LETTERS.length(); i++) {
      if ((flags >> i & 1) != 0) {
        text.append(LETTERS.charAt(i));
      }
    }
    text.append(' ').append(sequence);
    if (end > sequence) {
      text.append(':').append(end);
    }
    if (acknowledgment != -1) {
      text.append(" ack ").append(acknowledgment);
    }
    text.append(" win ").append(window);
    if (ecn > 0) {
      text.append(" ecn ").append(ecn);
    }
    if (mss >= 0) {
      text.append(" mss ").append(mss);
    }
    if (sackPermitted) {
      text.append(" sackOK");
    }
    if (timestamps) {
      text.append(" ts ").append(timestampValue).append(' ').append(timestampEcho);
    }
    if (windowScale >= 0) {
      text.append(" ws ").append(windowScale);
    }
    if (fastOpen != null) {
      text.append(" fo ").append(fastOpen.isEmpty() ? "request" : fastOpen);
    }
    String separator = " sack ";
    for (long[] block : sack) {
      text.append(separator).append(block[0]).append('-').append(block[1]);
      separator = ",";
    }
    return text.toString();
  }
}
