package dev.twinpath.nic.packet;

/** An IPv6 header (RFC 8200) in memory. Addresses stay in memory: their 16 bytes' address. */
public final class Ipv6Header {
  public static final int LENGTH = 40;
  public static final int NEXT_TCP = 6;
  public static final int NEXT_UDP = 17;
  public static final int NEXT_ICMP = 58;

  private Ipv6Header() {}

  /** Whether {@code available} bytes hold a header of version 6 and the payload that it claims. */
  public static boolean isValid(long address, int available) {
    return available >= LENGTH
        && Memory.getByte(address) >>> 4 == 6
        && LENGTH + payloadLength(address) <= available;
  }

  public static int trafficClass(long address) {
    return Memory.getShortBE(address) >>> 4 & 0xff;
  }

  public static int flowLabel(long address) {
    return Memory.getIntBE(address) & 0xfffff;
  }

  public static int payloadLength(long address) {
    return Memory.getShortBE(address + 4);
  }

  public static void payloadLength(long address, int length) {
    Memory.putShortBE(address + 4, length);
  }

  public static int nextHeader(long address) {
    return Memory.getByte(address + 6);
  }

  public static int hopLimit(long address) {
    return Memory.getByte(address + 7);
  }

  /** Where the source address is. */
  public static long source(long address) {
    return address + 8;
  }

  /** Where the destination address is. */
  public static long destination(long address) {
    return address + 24;
  }

  /** Writes the first eight bytes; the caller copies the addresses. */
  public static void write(
      long address,
      int trafficClass,
      int flowLabel,
      int payloadLength,
      int nextHeader,
      int hopLimit) {
    Memory.putIntBE(address, 6 << 28 | (trafficClass & 0xff) << 20 | flowLabel & 0xfffff);
    Memory.putShortBE(address + 4, payloadLength);
    Memory.putByte(address + 6, nextHeader);
    Memory.putByte(address + 7, hopLimit);
  }
}
