package dev.twinpath.nic.packet;

/** An ICMP header (RFC 792) in memory. */
public final class IcmpHeader {
  public static final int LENGTH = 8;
  public static final int ECHO_REPLY = 0;
  public static final int DESTINATION_UNREACHABLE = 3;
  public static final int ECHO_REQUEST = 8;
  public static final int TIME_EXCEEDED = 11;
  public static final int CODE_NET_UNREACHABLE = 0;
  public static final int CODE_HOST_UNREACHABLE = 1;
  public static final int CODE_PROTOCOL_UNREACHABLE = 2;
  public static final int CODE_PORT_UNREACHABLE = 3;
  public static final int CODE_FRAGMENTATION_NEEDED = 4;

  private IcmpHeader() {}

  public static int type(long address) {
    return Memory.getByte(address);
  }

  public static int code(long address) {
    return Memory.getByte(address + 1);
  }

  public static int checksum(long address) {
    return Memory.getShortBE(address + 2);
  }

  /** The second word: identifier and sequence of an echo, or the next hop's MTU in its low half. */
  public static int rest(long address) {
    return Memory.getIntBE(address + 4);
  }

  /** Writes the header with a zero checksum. */
  public static void write(long address, int type, int code, int rest) {
    Memory.putByte(address, type);
    Memory.putByte(address + 1, code);
    Memory.putShortBE(address + 2, 0);
    Memory.putIntBE(address + 4, rest);
  }

  /** Computes and writes the checksum of a message of {@code length} bytes, header included. */
  public static void writeChecksum(long address, int length) {
    Memory.putShortBE(address + 2, 0);
    Memory.putShortBE(address + 2, Checksum.finish(Checksum.sum(address, length)));
  }

  /** Whether the checksum of a message of {@code length} bytes is right. */
  public static boolean verifyChecksum(long address, int length) {
    return Checksum.verifies(Checksum.sum(address, length));
  }
}
