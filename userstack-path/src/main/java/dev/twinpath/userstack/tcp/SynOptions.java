package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;

/** The options of a SYN or SYN-ACK, in the order and with the padding that Linux has. */
final class SynOptions {
  private static final int NOP = TcpHeader.OPTION_NOP;

  private SynOptions() {}

  /**
   * Writes them.
   *
   * @param windowShift -1 = no window scaling
   * @return their length, a multiple of four
   */
  static int write(
      long at,
      int mss,
      boolean sack,
      boolean timestamps,
      int timestamp,
      int echo,
      int windowShift) {
    Memory.putIntBE(at, TcpHeader.OPTION_MSS << 24 | 4 << 16 | mss);
    int length = 4;
    if (timestamps) {
      int lead = sack ? TcpHeader.OPTION_SACK_PERMITTED << 24 | 2 << 16 : NOP << 24 | NOP << 16;
      Memory.putIntBE(at + length, lead | TcpHeader.OPTION_TIMESTAMPS << 8 | 10);
      Memory.putIntBE(at + length + 4, timestamp);
      Memory.putIntBE(at + length + 8, echo);
      length += 12;
    } else if (sack) {
      Memory.putIntBE(
          at + length, NOP << 24 | NOP << 16 | TcpHeader.OPTION_SACK_PERMITTED << 8 | 2);
      length += 4;
    }
    if (windowShift >= 0) {
      Memory.putIntBE(
          at + length, NOP << 24 | TcpHeader.OPTION_WINDOW_SCALE << 16 | 3 << 8 | windowShift);
      length += 4;
    }
    return length;
  }
}
