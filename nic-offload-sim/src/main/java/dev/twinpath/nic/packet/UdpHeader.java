package dev.twinpath.nic.packet;

/** A UDP header (RFC 768) in memory. */
public final class UdpHeader {
  public static final int LENGTH = 8;

  /** Where the checksum is, from the header's begin: a checksum offload's offset. */
  public static final int CHECKSUM_OFFSET = 6;

  private UdpHeader() {}

  public static int sourcePort(long address) {
    return Memory.getShortBE(address);
  }

  public static int destinationPort(long address) {
    return Memory.getShortBE(address + 2);
  }

  /** The length of header and payload. */
  public static int length(long address) {
    return Memory.getShortBE(address + 4);
  }

  public static void length(long address, int length) {
    Memory.putShortBE(address + 4, length);
  }

  public static int checksum(long address) {
    return Memory.getShortBE(address + CHECKSUM_OFFSET);
  }

  public static void checksum(long address, int checksum) {
    Memory.putShortBE(address + CHECKSUM_OFFSET, checksum);
  }

  /** Writes the header. */
  public static void write(
      long address, int sourcePort, int destinationPort, int length, int checksum) {
    Memory.putShortBE(address, sourcePort);
    Memory.putShortBE(address + 2, destinationPort);
    Memory.putShortBE(address + 4, length);
    Memory.putShortBE(address + CHECKSUM_OFFSET, checksum);
  }
}
