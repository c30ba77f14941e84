package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.Memory;
import java.util.HexFormat;

/**
 * The Toeplitz hash that receive-side scaling uses (Microsoft, "RSS hashing functions"): for each
 * set bit of the input, the 32 bits of the key that begin at that bit are added without carry.
 *
 * <p>One table of 256 words for each input byte makes it a look-up and an xor a byte.
 */
public final class ToeplitzHash {
  /** Bytes of a key: enough for the 36 bytes of an IPv6 4-tuple. */
  public static final int KEY_LENGTH = 40;

  private static final int MAX_INPUT = KEY_LENGTH - 4;

  private static final String MICROSOFT_KEY =
      "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa";

  private final int[] table = new int[MAX_INPUT << 8];

  /** Prepares a key of {@link #KEY_LENGTH} bytes. */
  public ToeplitzHash(byte[] key) {
    if (key.length != KEY_LENGTH) {
      throw new IllegalArgumentException("a key has " + KEY_LENGTH + " bytes, not " + key.length);
    }
    for (int position = 0; position < MAX_INPUT; position++) {
      for (int value = 0; value < 256; value++) {
        int sum = 0;
        for (int bit = 0; bit < 8; bit++) {
          if ((value & 0x80 >>> bit) != 0) {
            sum ^= keyBits(key, 8 * position + bit);
          }
        }
        table[position << 8 | value] = sum;
      }
    }
  }

  /** A hash with the key of Microsoft's test vectors. */
  public static ToeplitzHash standard() {
    return new ToeplitzHash(standardKey());
  }

  /** The key of Microsoft's test vectors: known to every peer, and so for tests. */
  public static byte[] standardKey() {
    return HexFormat.of().parseHex(MICROSOFT_KEY);
  }

  /**
   * A key with which both directions of a flow have the same hash: 16 bits again and again (Woo,
   * Park: Scalable TCP session monitoring with symmetric receive-side scaling, 2012). The input's
   * order no longer counts then, at the price of fewer different hashes.
   */
  public static byte[] symmetricKey(int bits) {
    byte[] key = new byte[KEY_LENGTH];
    for (int i = 0; i < KEY_LENGTH; i += 2) {
      key[i] = (byte) (bits >>> 8);
      key[i + 1] = (byte) bits;
    }
    return key;
  }

  /** The 32 bits of the key from a bit on. */
  private static int keyBits(byte[] key, int bit) {
    long five = 0;
    for (int i = 0; i < 5; i++) {
      five = five << 8 | key[bit / 8 + i] & 0xff;
    }
    return (int) (five >>> 8 - bit % 8);
  }

  /** The hash of an IPv4 4-tuple in the order of the packet: addresses in host order. */
  public int hash(int source, int destination, int sourcePort, int destinationPort) {
    int ports = sourcePort << 16 | destinationPort & 0xffff;
    return word(0, source) ^ word(4, destination) ^ word(8, ports);
  }

  /** The hash of two IPv4 addresses, for packets without ports. */
  public int hash(int source, int destination) {
    return word(0, source) ^ word(4, destination);
  }

  /** The hash of up to 36 bytes, for example an IPv6 4-tuple. */
  public int hash(byte[] input) {
    int sum = 0;
    for (int i = 0; i < input.length; i++) {
      sum ^= table[i << 8 | input[i] & 0xff];
    }
    return sum;
  }

  /**
   * The hash of an IPv6 4-tuple in the order of the packet.
   *
   * @param source where the 16 bytes of the address lie
   * @param destination likewise
   */
  public int hash6(long source, long destination, int sourcePort, int destinationPort) {
    int ports = sourcePort << 16 | destinationPort & 0xffff;
    return hash6(source, destination) ^ word(32, ports);
  }

  /** The hash of two IPv6 addresses, for packets without ports. */
  public int hash6(long source, long destination) {
    int sum = 0;
    for (int i = 0; i < 16; i += 4) {
      sum ^= word(i, Memory.getIntBE(source + i)) ^ word(16 + i, Memory.getIntBE(destination + i));
    }
    return sum;
  }

  private int word(int position, int value) {
    return table[position << 8 | value >>> 24]
        ^ table[position + 1 << 8 | value >>> 16 & 0xff]
        ^ table[position + 2 << 8 | value >>> 8 & 0xff]
        ^ table[position + 3 << 8 | value & 0xff];
  }
}
