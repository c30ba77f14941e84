package dev.twinpath.nic.packet;

/**
 * The Internet checksum (RFC 1071), kept as a folded, not complemented 16-bit sum in network byte
 * order, so that sums of pieces can be added.
 */
public final class Checksum {
  private Checksum() {}

  /**
   * Returns the folded sum (0 to 0xffff) of a range; an odd last byte counts as the high byte of a
   * word whose low byte is zero.
   */
  public static int sum(long address, int length) {
    // Sum in the machine's order, eight bytes at a time into a long that cannot overflow for less
    // than 2^33 bytes, and swap once at the end: RFC 1071 section 2(B), byte order independence.
    long sum = 0;
    long at = address;
    long end8 = address + (length & ~31);
    for (; at < end8; at += 32) {
      long a = Memory.getLong(at);
      long b = Memory.getLong(at + 8);
      long c = Memory.getLong(at + 16);
      long d = Memory.getLong(at + 24);
      sum += (a & 0xffffffffL) + (a >>> 32) + (b & 0xffffffffL) + (b >>> 32);
      sum += (c & 0xffffffffL) + (c >>> 32) + (d & 0xffffffffL) + (d >>> 32);
    }
    long end = address + length;
    for (; at + 4 <= end; at += 4) {
      sum += Memory.getInt(at) & 0xffffffffL;
    }
    if (at + 2 <= end) {
      sum += Memory.getShort(at);
      at += 2;
    }
    if (at < end) {
      sum += LITTLE_ENDIAN ? Memory.getByte(at) : Memory.getByte(at) << 8;
    }
    sum = (sum & 0xffffffffL) + (sum >>> 32);
    int folded = fold(sum);
    return LITTLE_ENDIAN ? swap(folded) : folded;
  }

  private static final boolean LITTLE_ENDIAN =
      java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;

  /** Folds the carries of a sum of 16-bit words into 16 bits. */
  public static int fold(long sum) {
    long s = (sum & 0xffffffffL) + (sum >>> 32);
    s = (s & 0xffff) + (s >>> 16);
    s = (s & 0xffff) + (s >>> 16);
    return (int) ((s & 0xffff) + (s >>> 16));
  }

  /** Adds two folded sums. */
  public static int add(int sum, int other) {
    int s = sum + other;
    return (s & 0xffff) + (s >>> 16);
  }

  /** The sum of a piece that begins at an odd offset of the whole: its bytes count swapped. */
  public static int swap(int sum) {
    return ((sum & 0xff) << 8) | (sum >>> 8 & 0xff);
  }

  /** Complements a sum into the value of a checksum field. */
  public static int finish(int sum) {
    return ~sum & 0xffff;
  }

  /** Whether a sum over data that includes its own checksum field is that of intact data. */
  public static boolean verifies(int sum) {
    return sum == 0xffff;
  }

  /** The pseudo-header's folded sum for IPv4 (RFC 9293 section 3.1). */
  public static int pseudoHeader4(int source, int destination, int protocol, int length) {
    int sum =
        (source >>> 16)
            + (source & 0xffff)
            + (destination >>> 16)
            + (destination & 0xffff)
            + protocol
            + (length >>> 16)
            + (length & 0xffff);
    return fold(sum);
  }

  /** The pseudo-header's folded sum for IPv6 (RFC 8200 section 8.1), addresses in memory. */
  public static int pseudoHeader6(long source, long destination, int nextHeader, int length) {
    int sum = add(sum(source, 16), sum(destination, 16));
    return add(sum, fold((length >>> 16) + (length & 0xffff) + nextHeader));
  }

  /** A checksum field's new value when one 16-bit word changes (RFC 1624, equation 3). */
  public static int update(int checksum, int oldWord, int newWord) {
    int sum = (~checksum & 0xffff) + (~oldWord & 0xffff) + (newWord & 0xffff);
    return finish(fold(sum));
  }
}
