package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.Memory;

/**
 * The offload context as virtio-net writes it before a frame (virtio 1.2 section 5.1.6), in the
 * machine's byte order: flags(1), gso type(1), header length(2), gso size(2), checksum start(2),
 * checksum offset(2).
 */
public final class VirtioNetHeader {
  public static final int LENGTH = 10;

  private static final int FLAG_NEEDS_CHECKSUM = 1;
  private static final int FLAG_DATA_VALID = 2;
  private static final int GSO_TYPE_MASK = 0x7f;

  private VirtioNetHeader() {}

  /** Writes a frame's offload context. */
  public static void write(long address, Frame frame) {
    int flags =
        (frame.needsChecksum() ? FLAG_NEEDS_CHECKSUM : 0)
            | (frame.checksumVerified() ? FLAG_DATA_VALID : 0);
    Memory.putByte(address, flags);
    Memory.putByte(address + 1, frame.gsoType());
    Memory.putShort(address + 2, frame.headerLength());
    Memory.putShort(address + 4, frame.gsoSize());
    Memory.putShort(address + 6, frame.checksumStart());
    Memory.putShort(address + 8, frame.checksumOffset());
  }

  /** Reads one into a frame whose context was cleared. */
  public static void read(long address, Frame frame) {
    int flags = Memory.getByte(address);
    if ((flags & FLAG_NEEDS_CHECKSUM) != 0) {
      frame.requestChecksum(Memory.getShort(address + 6), Memory.getShort(address + 8));
    }
    frame.checksumVerified((flags & FLAG_DATA_VALID) != 0);
    int gsoType = Memory.getByte(address + 1) & GSO_TYPE_MASK;
    if (gsoType != Frame.GSO_NONE) {
      frame.requestSegmentation(gsoType, Memory.getShort(address + 4));
    }
    frame.headerLength(Memory.getShort(address + 2));
  }
}
