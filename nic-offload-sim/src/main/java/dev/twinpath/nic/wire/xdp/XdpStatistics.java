package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.packet.Memory;

/**
 * What the kernel counts of an AF_XDP socket since it was opened ({@code struct xdp_statistics}).
 *
 * @param receiveDropped frames lost for other reasons: too long, or no memory
 * @param receiveInvalidDescriptors chunks of the fill ring that the kernel refused
 * @param transmitInvalidDescriptors descriptors to send that the kernel refused
 * @param receiveRingFull frames lost because the receive ring was full
 * @param fillRingEmpty how often no chunk was there for a frame
 * @param transmitRingEmpty how often the kernel looked for a frame to send in vain
 */
public record XdpStatistics(
    long receiveDropped,
    long receiveInvalidDescriptors,
    long transmitInvalidDescriptors,
    long receiveRingFull,
    long fillRingEmpty,
    long transmitRingEmpty) {
  static final int LENGTH = 48;
  static final XdpStatistics NONE = new XdpStatistics(0, 0, 0, 0, 0, 0);

  static XdpStatistics read(long address) {
    return new XdpStatistics(
        Memory.getLong(address),
        Memory.getLong(address + 8),
        Memory.getLong(address + 16),
        Memory.getLong(address + 24),
        Memory.getLong(address + 32),
        Memory.getLong(address + 40));
  }

  /** Frames that arrived and are lost. */
  public long receiveLost() {
    // What found no chunk is among the dropped ones already.
    return receiveDropped + receiveRingFull;
  }

  XdpStatistics plus(XdpStatistics other) {
    return new XdpStatistics(
        receiveDropped + other.receiveDropped,
        receiveInvalidDescriptors + other.receiveInvalidDescriptors,
        transmitInvalidDescriptors + other.transmitInvalidDescriptors,
        receiveRingFull + other.receiveRingFull,
        fillRingEmpty + other.fillRingEmpty,
        transmitRingEmpty + other.transmitRingEmpty);
  }
}
