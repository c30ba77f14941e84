package dev.twinpath.nic.packet;

/** A TCP header (RFC 9293 section 3.1) in memory. */
public final class TcpHeader {
  public static final int MIN_LENGTH = 20;
  public static final int MAX_LENGTH = 60;

  /** Where the checksum is, from the header's begin: a checksum offload's offset. */
  public static final int CHECKSUM_OFFSET = 16;

  public static final int FIN = 0x01;
  public static final int SYN = 0x02;
  public static final int RST = 0x04;
  public static final int PSH = 0x08;
  public static final int ACK = 0x10;
  public static final int URG = 0x20;
  public static final int ECE = 0x40;
  public static final int CWR = 0x80;

  /** Option kinds (RFC 9293 section 3.2, RFC 7323, RFC 2018). */
  public static final int OPTION_END = 0;

  public static final int OPTION_NOP = 1;
  public static final int OPTION_MSS = 2;
  public static final int OPTION_WINDOW_SCALE = 3;
  public static final int OPTION_SACK_PERMITTED = 4;
  public static final int OPTION_SACK = 5;
  public static final int OPTION_TIMESTAMPS = 8;

  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGMENT = 8;
  private static final int DATA_OFFSET = 12;
  private static final int FLAGS = 13;
  private static final int WINDOW = 14;
  private static final int URGENT = 18;

  private TcpHeader() {}

  /** Whether {@code available} bytes hold a header with its options. */
  public static boolean isValid(long address, int available) {
    if (available < MIN_LENGTH) {
      return false;
    }
    int header = headerLength(address);
    return header >= MIN_LENGTH && header <= available;
  }

  public static int sourcePort(long address) {
    return Memory.getShortBE(address);
  }

  public static int destinationPort(long address) {
    return Memory.getShortBE(address + 2);
  }

  /** Source and destination port as one word, the source in the high half. */
  public static int ports(long address) {
    return Memory.getIntBE(address);
  }

  public static int sequence(long address) {
    return Memory.getIntBE(address + SEQUENCE);
  }

  public static void sequence(long address, int sequence) {
    Memory.putIntBE(address + SEQUENCE, sequence);
  }

  public static int acknowledgment(long address) {
    return Memory.getIntBE(address + ACKNOWLEDGMENT);
  }

  public static void acknowledgment(long address, int acknowledgment) {
    Memory.putIntBE(address + ACKNOWLEDGMENT, acknowledgment);
  }

  /** The header's length in bytes, options included. */
  public static int headerLength(long address) {
    return Memory.getByte(address + DATA_OFFSET) >>> 4 << 2;
  }

  public static int flags(long address) {
    return Memory.getByte(address + FLAGS);
  }

  public static void flags(long address, int flags) {
    Memory.putByte(address + FLAGS, flags);
  }

  /** The window field as it stands, not scaled. */
  public static int window(long address) {
    return Memory.getShortBE(address + WINDOW);
  }

  public static void window(long address, int window) {
    Memory.putShortBE(address + WINDOW, window);
  }

  public static int checksum(long address) {
    return Memory.getShortBE(address + CHECKSUM_OFFSET);
  }

  public static void checksum(long address, int checksum) {
    Memory.putShortBE(address + CHECKSUM_OFFSET, checksum);
  }

  public static int urgentPointer(long address) {
    return Memory.getShortBE(address + URGENT);
  }

  /**
   * Writes the fixed part.
   *
   * @param headerLength with options, a multiple of 4 from 20 to 60
   * @param window the field's value, already scaled
   * @param checksum usually the pseudo-header's sum, for the NIC to complete
   */
  public static void write(
      long address,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int headerLength,
      int flags,
      int window,
      int checksum) {
    Memory.putShortBE(address, sourcePort);
    Memory.putShortBE(address + 2, destinationPort);
    Memory.putIntBE(address + SEQUENCE, sequence);
    Memory.putIntBE(address + ACKNOWLEDGMENT, acknowledgment);
    Memory.putByte(address + DATA_OFFSET, headerLength << 2);
    Memory.putByte(address + FLAGS, flags);
    Memory.putShortBE(address + WINDOW, window);
    Memory.putShortBE(address + CHECKSUM_OFFSET, checksum);
    Memory.putShortBE(address + URGENT, 0);
  }
}
