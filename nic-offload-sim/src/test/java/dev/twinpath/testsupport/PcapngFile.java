package dev.twinpath.testsupport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What is in a pcapng file of ours, read by the draft's rules; throws when it breaks them. */
public final class PcapngFile {
  /** An interface description. */
  public record Interface(String name, String filter) {}

  /** An enhanced packet. */
  public record Packet(int interfaceId, long nanos, int total, boolean outbound, byte[] bytes) {}

  /** Interface statistics. */
  public record Statistics(
      int interfaceId, long received, long accepted, long dropped, long delivered) {}

  public final List<Interface> interfaces = new ArrayList<>();
  public final List<Packet> packets = new ArrayList<>();
  public final List<Statistics> statistics = new ArrayList<>();

  /** Reads a whole file. */
  public PcapngFile(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int start = in.position();
      int type = in.getInt();
      int length = in.getInt();
      if (length % 4 != 0 || in.getInt(start + length - 4) != length) {
        throw new IllegalStateException("block at " + start + " has two lengths");
      }
      ByteBuffer body = in.slice(start + 8, length - 12).order(ByteOrder.LITTLE_ENDIAN);
      switch (type) {
        case 1:
          describe(body);
          break;
        case 5:
          count(body);
          break;
        case 6:
          packet(body);
          break;
        default:
          check(type == 0x0a0d0d0a && start == 0, "block type " + type);
      }
      in.position(start + length);
    }
  }

  private void describe(ByteBuffer body) {
    check(body.getShort() == 1, "Ethernet");
    body.position(8);
    interfaces.add(
        new Interface(text(option(body, 2)), text(option(body, 11)).replaceFirst("^\0", "")));
  }

  private void packet(ByteBuffer body) {
    int id = body.getInt();
    check(id < interfaces.size(), "interface " + id);
    long nanos = (long) body.getInt() << 32 | body.getInt() & 0xffffffffL;
    byte[] bytes = new byte[body.getInt()];
    int total = body.getInt();
    body.get(bytes).position(body.position() + 3 & ~3);
    packets.add(new Packet(id, nanos, total, option(body, 2)[0] == 2, bytes));
  }

  private void count(ByteBuffer body) {
    int id = body.getInt();
    body.position(12);
    statistics.add(
        new Statistics(id, number(body, 4), number(body, 6), number(body, 5), number(body, 8)));
  }

  private static long number(ByteBuffer body, int code) {
    return ByteBuffer.wrap(option(body, code)).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] option(ByteBuffer body, int wanted) {
    ByteBuffer options = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    while (options.hasRemaining()) {
      int code = options.getShort();
      byte[] value = new byte[options.getShort()];
      options.get(value).position(options.position() + 3 & ~3);
      if (code == wanted) {
        return value;
      }
    }
    return new byte[0];
  }

  private static void check(boolean right, String what) {
    if (!right) {
      throw new IllegalStateException("not as it should be: " + what);
    }
  }
}
