package dev.twinpath.nic.packet;

/** An IPv4 header (RFC 791) in memory. Addresses are ints in host order: 10.0.0.1 is 0x0a000001. */
public final class Ipv4Header {
  public static final int MIN_LENGTH = 20;
  public static final int MAX_LENGTH = 60;
  public static final int PROTOCOL_ICMP = 1;
  public static final int PROTOCOL_TCP = 6;
  public static final int PROTOCOL_UDP = 17;

  /** In {@link #flagsAndFragment}: don't fragment. */
  public static final int DONT_FRAGMENT = 0x4000;

  /** In {@link #flagsAndFragment}: more fragments follow. */
  public static final int MORE_FRAGMENTS = 0x2000;

  /** In {@link #flagsAndFragment}: the offset, in units of eight bytes. */
  public static final int FRAGMENT_OFFSET_MASK = 0x1fff;

  private static final int TYPE_OF_SERVICE = 1;
  private static final int TOTAL_LENGTH = 2;
  private static final int IDENTIFICATION = 4;
  private static final int FLAGS = 6;
  private static final int TIME_TO_LIVE = 8;
  private static final int PROTOCOL = 9;
  private static final int CHECKSUM = 10;
  private static final int SOURCE = 12;
  private static final int DESTINATION = 16;

  private Ipv4Header() {}

  /**
   * Whether {@code available} bytes at {@code address} hold a header that can be read: version 4, a
   * header length of 20 to 60, and a total length between that and what is available.
   */
  public static boolean isValid(long address, int available) {
    if (available < MIN_LENGTH || version(address) != 4) {
      return false;
    }
    int header = headerLength(address);
    int total = totalLength(address);
    return header >= MIN_LENGTH && header <= total && total <= available;
  }

  public static int version(long address) {
    return Memory.getByte(address) >>> 4;
  }

  /** The header's length in bytes, options included. */
  public static int headerLength(long address) {
    return (Memory.getByte(address) & 15) << 2;
  }

  public static int typeOfService(long address) {
    return Memory.getByte(address + TYPE_OF_SERVICE);
  }

  public static int totalLength(long address) {
    return Memory.getShortBE(address + TOTAL_LENGTH);
  }

  public static void totalLength(long address, int length) {
    Memory.putShortBE(address + TOTAL_LENGTH, length);
  }

  public static int identification(long address) {
    return Memory.getShortBE(address + IDENTIFICATION);
  }

  public static void identification(long address, int identification) {
    Memory.putShortBE(address + IDENTIFICATION, identification);
  }

  public static int flagsAndFragment(long address) {
    return Memory.getShortBE(address + FLAGS);
  }

  /** Whether the packet is one of several fragments. */
  public static boolean isFragment(long address) {
    return (flagsAndFragment(address) & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) != 0;
  }

  public static int timeToLive(long address) {
    return Memory.getByte(address + TIME_TO_LIVE);
  }

  public static int protocol(long address) {
    return Memory.getByte(address + PROTOCOL);
  }

  public static int checksum(long address) {
    return Memory.getShortBE(address + CHECKSUM);
  }

  public static void checksum(long address, int checksum) {
    Memory.putShortBE(address + CHECKSUM, checksum);
  }

  /** Where the source address is; the destination follows it. */
  public static long sourceField(long address) {
    return address + SOURCE;
  }

  public static int source(long address) {
    return Memory.getIntBE(address + SOURCE);
  }

  public static int destination(long address) {
    return Memory.getIntBE(address + DESTINATION);
  }

  /** Writes a header of 20 bytes, its checksum left zero for {@link #writeChecksum} or the NIC. */
  public static void write(
      long address,
      int typeOfService,
      int totalLength,
      int identification,
      int flagsAndFragment,
      int timeToLive,
      int protocol,
      int source,
      int destination) {
    Memory.putShortBE(address, 0x4500 | typeOfService & 0xff);
    Memory.putShortBE(address + TOTAL_LENGTH, totalLength);
    Memory.putShortBE(address + IDENTIFICATION, identification);
    Memory.putShortBE(address + FLAGS, flagsAndFragment);
    Memory.putByte(address + TIME_TO_LIVE, timeToLive);
    Memory.putByte(address + PROTOCOL, protocol);
    Memory.putShortBE(address + CHECKSUM, 0);
    Memory.putIntBE(address + SOURCE, source);
    Memory.putIntBE(address + DESTINATION, destination);
  }

  /** Computes and writes the header checksum. */
  public static void writeChecksum(long address) {
    Memory.putShortBE(address + CHECKSUM, 0);
    Memory.putShortBE(
        address + CHECKSUM, Checksum.finish(Checksum.sum(address, headerLength(address))));
  }

  /** Whether the header checksum is right; the caller has checked {@link #isValid}. */
  public static boolean verifyChecksum(long address) {
    return Checksum.verifies(Checksum.sum(address, headerLength(address)));
  }
}
