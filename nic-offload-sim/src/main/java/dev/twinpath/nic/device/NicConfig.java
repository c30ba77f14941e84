package dev.twinpath.nic.device;

/**
 * How a NIC is built.
 *
 * @param macAddress its 48 bits
 * @param queuePairs 1 to 256
 * @param txRingSize transmit descriptors of a queue, a power of two; a packet takes one and one
 *     more for each piece
 * @param rxRingSize receive descriptors of a queue, a power of two
 * @param mtu the longest IP packet on the wire, 68 to 65535 bytes
 */
public record NicConfig(long macAddress, int queuePairs, int txRingSize, int rxRingSize, int mtu) {
  public NicConfig {
    if (macAddress >>> 48 != 0 || queuePairs < 1 || queuePairs > 256) {
      throw new IllegalArgumentException(
          "MAC " + Long.toHexString(macAddress) + ", queue pairs " + queuePairs);
    }
    if (mtu < 68 || mtu > 65535) {
      throw new IllegalArgumentException("an MTU is from 68 to 65535 bytes, not " + mtu);
    }
  }

  /** One queue pair, 2048 transmit and 512 receive descriptors, MTU 1500. */
  public static NicConfig defaults(long macAddress) {
    return new NicConfig(macAddress, 1, 2048, 512, 1500);
  }

  /** The same with another number of queue pairs. */
  public NicConfig withQueuePairs(int count) {
    return new NicConfig(macAddress, count, txRingSize, rxRingSize, mtu);
  }

  /** The same with another MTU. */
  public NicConfig withMtu(int bytes) {
    return new NicConfig(macAddress, queuePairs, txRingSize, rxRingSize, bytes);
  }
}
