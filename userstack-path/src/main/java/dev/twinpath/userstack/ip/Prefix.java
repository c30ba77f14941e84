package dev.twinpath.userstack.ip;

/** Prefixes of 128-bit addresses; those of IPv4 stand behind the 96 bits of the mapped form. */
final class Prefix {
  private static final int MAPPED_BITS = 96;

  private Prefix() {}

  /** A prefix length of either version in bits of the 128. */
  static int bits(int prefixLength, boolean v4) {
    return v4 ? MAPPED_BITS + prefixLength : prefixLength;
  }

  /** Whether two addresses agree in so many leading bits, 0..128. */
  static boolean matches(long high, long low, int bits, long otherHigh, long otherLow) {
    return commonBits(high, low, otherHigh, otherLow) >= bits;
  }

  /** How many leading bits two addresses have in common, 0..128. */
  static int commonBits(long high, long low, long otherHigh, long otherLow) {
    int common = Long.numberOfLeadingZeros(high ^ otherHigh);
    return common < 64 ? common : 64 + Long.numberOfLeadingZeros(low ^ otherLow);
  }

  /** An address with only so many leading bits, 0..128. */
  static IpAddress network(IpAddress address, int bits) {
    long high = address.high() & mask(bits);
    long low = address.low() & mask(bits - 64);
    return new IpAddress(high, low);
  }

  private static long mask(int bits) {
    return bits <= 0 ? 0 : -1L << Math.max(0, 64 - bits);
  }

  static void check(int prefixLength, boolean v4) {
    int most = v4 ? 32 : 128;
    if (prefixLength < 0 || prefixLength > most) {
      throw new IllegalArgumentException("prefix length " + prefixLength + " is not in 0.." + most);
    }
  }

  /** The number after a slash. */
  static int parseLength(String text, int slash) {
    try {
      return Integer.parseInt(text.substring(slash + 1).trim());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a prefix length: " + text, e);
    }
  }
}
