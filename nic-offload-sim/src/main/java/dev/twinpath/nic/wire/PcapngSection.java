package dev.twinpath.nic.wire;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng-03): section headers, interface
 * descriptions, and enhanced and simple packet blocks. Of other blocks only the length is looked
 * at.
 */
final class PcapngSection {
  static final int HEADER = 0x0a0d0d0a;

  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int SIMPLE_PACKET = 3;
  private static final int ENHANCED_PACKET = 6;

  private static final int MIN_BLOCK = 12;
  private static final int MIN_HEADER = 28;
  private static final int MIN_DESCRIPTION = 20;
  private static final int MIN_SIMPLE = 16;
  private static final int MIN_ENHANCED = 32;
  private static final int MAX_INTERFACES = 4096;

  private static final int OPTION_END = 0;
  private static final int OPTION_PACKET_FLAGS = 2;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_TIME_OFFSET = 14;

  /** An interface: its link type, the bytes that it keeps of a frame, and its clock. */
  private record Interface(int linkType, int snapLength, int resolution, long offsetSeconds) {
    private static final int MICROSECONDS = 6;
    private static final long SECOND = 1_000_000_000;

    /** A time in the interface's units as nanoseconds since 1970; wraps where it cannot be. */
    long nanos(long units) {
      int exponent = resolution & 0x7f;
      long seconds = offsetSeconds * SECOND;
      if ((resolution & 0x80) != 0) {
        return seconds + binary(units, exponent);
      }
      long scale = 1;
      for (int i = Math.min(exponent, 9); i < 9; i++) {
        scale *= 10;
      }
      long divisor = 1;
      for (int i = 9; i < exponent && i < 27; i++) {
        divisor *= 10;
      }
      return seconds + (exponent > 27 ? 0 : Long.divideUnsigned(units, divisor) * scale);
    }

    /** Units of 1/2^exponent of a second. */
    private static long binary(long units, int exponent) {
      if (exponent == 0) {
        return units * SECOND;
      }
      if (exponent > 63) {
        return 0;
      }
      long whole = units >>> exponent;
      long part = units & (1L << exponent) - 1;
      int shift = Math.max(0, exponent - 32);
      return whole * SECOND + ((part >>> shift) * SECOND >>> exponent - shift);
    }
  }

  private final CaptureInput in;
  private final List<Interface> interfaces = new ArrayList<>();

  /** The current block's length: skipped before the next one. */
  private int blockLength;

  private int type;
  private int interfaceIndex;
  private int dataAt;
  private int captured;
  private int original;
  private boolean hasTime;
  private long units;
  private int direction;

  /** The input stands at a section header. */
  PcapngSection(CaptureInput in) {
    this.in = in;
  }

  /** Goes to the next block; false at the end of the file. */
  boolean next() throws IOException {
    in.skip(blockLength);
    blockLength = 0;
    if (!in.has(1)) {
      return false;
    }
    in.require(MIN_BLOCK, "block");
    if (in.bigEndianInt(0) == HEADER) {
      int magic = in.bigEndianInt(8);
      if (magic != BYTE_ORDER_MAGIC && Integer.reverseBytes(magic) != BYTE_ORDER_MAGIC) {
        throw in.malformed("section header", "has no byte-order magic");
      }
      in.bigEndian(magic == BYTE_ORDER_MAGIC);
    }
    type = in.intAt(0);
    int length = in.intAt(4);
    if (length < MIN_BLOCK || (length & 3) != 0) {
      throw in.malformed(name(), "has the length " + Integer.toUnsignedString(length));
    }
    if (length > in.left()) {
      throw PcapngReader.cutShort(name(), in.offset());
    }
    read(length);
    blockLength = length;
    return true;
  }

  private String name() {
    switch (type) {
      case HEADER:
        return "section header";
      case INTERFACE_DESCRIPTION:
        return "interface description";
      case SIMPLE_PACKET:
        return "simple packet block";
      case ENHANCED_PACKET:
        return "enhanced packet block";
      default:
        return "block of type " + Integer.toUnsignedString(type);
    }
  }

  private void read(int length) throws IOException {
    switch (type) {
      case HEADER:
        whole(length, MIN_HEADER);
        header();
        break;
      case INTERFACE_DESCRIPTION:
        whole(length, MIN_DESCRIPTION);
        description(length);
        break;
      case SIMPLE_PACKET:
        whole(length, MIN_SIMPLE);
        simple(length);
        break;
      case ENHANCED_PACKET:
        whole(length, MIN_ENHANCED);
        enhanced(length);
        break;
      default:
        break;
    }
  }

  /** Takes a block into the window, and checks that its two lengths are the same. */
  private void whole(int length, int least) throws IOException {
    if (length < least || length > CaptureInput.WINDOW) {
      throw in.malformed(name(), "has the length " + length);
    }
    in.require(length, name());
    int again = in.intAt(length - 4);
    if (again != length) {
      throw in.malformed(name(), "begins with the length " + length + " and ends with " + again);
    }
  }

  private void header() throws IOException {
    int version = in.shortAt(12);
    if (version != 1) {
      throw in.malformed(name(), "is of version " + version + ", not 1");
    }
    interfaces.clear();
  }

  private void description(int length) throws IOException {
    if (interfaces.size() == MAX_INTERFACES) {
      throw in.malformed(name(), "is one more than " + MAX_INTERFACES);
    }
    int resolution = Interface.MICROSECONDS;
    long offset = 0;
    int end = length - 4;
    for (int at = 16; at + 4 <= end && in.shortAt(at) != OPTION_END; at = nextOption(at, end)) {
      int size = in.shortAt(at + 2);
      if (in.shortAt(at) == OPTION_TIME_RESOLUTION && size == 1) {
        resolution = in.byteAt(at + 4);
      } else if (in.shortAt(at) == OPTION_TIME_OFFSET && size == 8) {
        offset = in.longAt(at + 4);
      }
    }
    interfaces.add(new Interface(in.shortAt(8), in.intAt(12), resolution, offset));
  }

  private int nextOption(int at, int end) throws IOException {
    int next = at + 4 + (in.shortAt(at + 2) + 3 & ~3);
    if (next > end) {
      throw in.malformed(name(), "has an option that leads out of it");
    }
    return next;
  }

  private void simple(int length) throws IOException {
    interfaceIndex = 0;
    Interface of = described();
    original = in.intAt(8);
    int kept = of.snapLength() == 0 ? original : minUnsigned(original, of.snapLength());
    captured = minUnsigned(kept, length - MIN_SIMPLE);
    dataAt = 12;
    hasTime = false;
    direction = PcapngReader.DIRECTION_UNKNOWN;
  }

  private void enhanced(int length) throws IOException {
    interfaceIndex = in.intAt(8);
    described();
    units = (long) in.intAt(12) << 32 | Integer.toUnsignedLong(in.intAt(16));
    captured = in.intAt(20);
    original = in.intAt(24);
    dataAt = 28;
    hasTime = true;
    direction = PcapngReader.DIRECTION_UNKNOWN;
    if (captured < 0
        || captured > PcapngReader.MAX_CAPTURED
        || (captured + 3 & ~3) > length - MIN_ENHANCED) {
      throw in.malformed(
          name(), "captures " + Integer.toUnsignedString(captured) + " bytes in " + length);
    }
    int end = length - 4;
    int at = dataAt + (captured + 3 & ~3);
    for (; at + 4 <= end && in.shortAt(at) != OPTION_END; at = nextOption(at, end)) {
      if (in.shortAt(at) == OPTION_PACKET_FLAGS && in.shortAt(at + 2) == 4) {
        direction = in.intAt(at + 4) & 3;
      }
    }
  }

  private Interface described() throws IOException {
    if (interfaceIndex < 0 || interfaceIndex >= interfaces.size()) {
      throw in.malformed(
          name(),
          "is of interface "
              + Integer.toUnsignedString(interfaceIndex)
              + ", of which there is no description");
    }
    return interfaces.get(interfaceIndex);
  }

  private static int minUnsigned(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0 ? a : b;
  }

  boolean isPacket() {
    return type == ENHANCED_PACKET || type == SIMPLE_PACKET;
  }

  /** Whether the block is of a kind that is not looked into. */
  boolean isOther() {
    return !isPacket() && type != HEADER && type != INTERFACE_DESCRIPTION;
  }

  int linkType() {
    return interfaces.get(interfaceIndex).linkType();
  }

  int captured() {
    return captured;
  }

  /** The frame's own length; beyond an int where that is nonsense. */
  long original() {
    return Integer.toUnsignedLong(original);
  }

  long data() {
    return in.address(dataAt);
  }

  boolean hasTime() {
    return hasTime;
  }

  long epochNanos() {
    return interfaces.get(interfaceIndex).nanos(units);
  }

  int direction() {
    return direction;
  }
}
