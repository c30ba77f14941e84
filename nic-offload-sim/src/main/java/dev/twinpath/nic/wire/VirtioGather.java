package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.IoVector;
import dev.twinpath.nic.linux.Linux;
import java.lang.foreign.Arena;

/**
 * Writes frames to a descriptor that takes a virtio-net header before each: one {@code writev(2)}
 * from where the pieces are. The header goes into the frame's headroom where there is some, which
 * saves a piece. One thread.
 */
final class VirtioGather {
  private final long vector;
  private final long header;

  /** Memory for the vector and a header is taken from the arena. */
  VirtioGather(Arena arena) {
    vector = arena.allocate((long) IoVector.LENGTH * (Frame.MAX_SEGMENTS + 1), 64).address();
    header = arena.allocate(16, 64).address();
  }

  /** Returns the bytes written, or {@code -errno}. */
  long write(int fd, Frame frame) {
    int count = 0;
    int first = 0;
    if (frame.headroom() >= VirtioNetHeader.LENGTH) {
      long before = frame.address(0) - VirtioNetHeader.LENGTH;
      VirtioNetHeader.write(before, frame);
      IoVector.set(vector, count++, before, frame.length(0) + VirtioNetHeader.LENGTH);
      first = 1;
    } else {
      VirtioNetHeader.write(header, frame);
      IoVector.set(vector, count++, header, VirtioNetHeader.LENGTH);
    }
    for (int i = first; i < frame.segments(); i++) {
      IoVector.set(vector, count++, frame.address(i), frame.length(i));
    }
    return Linux.writev(fd, vector, count);
  }
}
