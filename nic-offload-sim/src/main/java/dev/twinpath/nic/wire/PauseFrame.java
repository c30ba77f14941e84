package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;

/** MAC control frames, and of them the pause frame (IEEE 802.3 clause 31 and annex 31B). */
final class PauseFrame {
  /** The Ethernet type of MAC control. */
  static final int TYPE = 0x8808;

  /** A frame of the least length, without its check sequence. */
  static final int LENGTH = 60;

  /** Stops for as long as a frame can say. */
  static final int STOP = 0xffff;

  /** Lets go on at once. */
  static final int GO_ON = 0;

  private static final long DESTINATION = 0x0180c2000001L;
  private static final int OPCODE_PAUSE = 1;
  private static final int OPCODE_OFFSET = EthernetHeader.LENGTH;
  private static final int QUANTA_OFFSET = OPCODE_OFFSET + 2;
  private static final int QUANTUM_BITS = 512;

  private PauseFrame() {}

  /** Writes a pause frame of {@link #LENGTH} bytes. */
  static void write(long address, long sourceMac, int quanta) {
    Memory.fill(address, LENGTH, 0);
    EthernetHeader.write(address, DESTINATION, sourceMac, TYPE);
    Memory.putShortBE(address + OPCODE_OFFSET, OPCODE_PAUSE);
    Memory.putShortBE(address + QUANTA_OFFSET, quanta);
  }

  /** Whether a frame is MAC control: it ends at the MAC and never reaches a host. */
  static boolean isControl(long address, int length) {
    return length >= EthernetHeader.LENGTH && EthernetHeader.type(address) == TYPE;
  }

  /** Of a control frame: whether it is a whole pause frame. */
  static boolean isPause(long address, int length) {
    return length >= QUANTA_OFFSET + 2
        && Memory.getShortBE(address + OPCODE_OFFSET) == OPCODE_PAUSE;
  }

  /** For how long a pause frame stops a line of this rate. */
  static long nanos(long address, long bitsPerSecond) {
    long bits = (long) Memory.getShortBE(address + QUANTA_OFFSET) * QUANTUM_BITS;
    return bits * 1_000_000_000 / bitsPerSecond;
  }

  /** The same of quanta. */
  static long nanos(int quanta, long bitsPerSecond) {
    return (long) quanta * QUANTUM_BITS * 1_000_000_000 / bitsPerSecond;
  }
}
