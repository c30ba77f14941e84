package dev.twinpath.nic.device;

import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveCompletion;
import dev.twinpath.nic.ring.ReceiveDescriptor;

/**
 * The host's side of a receive ring: posts buffers, takes what the device put into them. One
 * thread.
 */
public final class ReceiveQueue {
  private final DescriptorRing ring;
  private final DescriptorRing completions;
  private long tail;
  private long completed;

  ReceiveQueue(DescriptorRing ring, DescriptorRing completions) {
    this.ring = ring;
    this.completions = completions;
  }

  /** Buffers that the ring holds at most. */
  public int capacity() {
    return ring.capacity();
  }

  /** Buffers that were posted and have not come back. */
  public int posted() {
    return (int) (tail - completed);
  }

  /**
   * Gives the device a buffer of registered memory that it may write. A frame that is longer than
   * the buffer is lost: 64 KiB and some take every frame.
   *
   * @param bufferId comes back with the frame
   * @return false when the ring is full
   */
  public boolean post(int region, long offset, int capacity, int bufferId) {
    if (posted() == ring.capacity()) {
      return false;
    }
    ReceiveDescriptor.write(ring.entry(tail++), region, offset, capacity, bufferId);
    ring.publish(tail);
    return true;
  }

  /**
   * Hands out received frames, in order.
   *
   * @return how many, at most {@code budget}
   */
  public int poll(ReceiveHandler handler, int budget) {
    long published = completions.published();
    int count = (int) Math.min(published - completed, budget);
    for (int i = 0; i < count; i++) {
      long entry = completions.entry(completed);
      int bufferId = ReceiveCompletion.bufferId(entry);
      int length = ReceiveCompletion.length(entry);
      int flags = ReceiveCompletion.flags(entry);
      int flowTag = ReceiveCompletion.flowTag(entry);
      completed++;
      completions.consume(completed);
      handler.onFrame(bufferId, length, flags, flowTag);
    }
    return count;
  }

  /** Whether {@link #poll} would hand out something. */
  public boolean hasFrames() {
    return completions.published() != completed;
  }
}
