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

  /** The completion that is being handed out. */
  private long current;

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
    return post(region, offset, capacity, bufferId, ReceiveDescriptor.NO_HEADER, 0);
  }

  /**
   * The same with a second buffer, of {@link ReceiveDescriptor#HEADER_CAPACITY} bytes: the headers
   * of a TCP or UDP packet go there, and its payload alone to the beginning of the first buffer.
   */
  public boolean post(
      int region, long offset, int capacity, int bufferId, int headerRegion, long headerOffset) {
    if (posted() == ring.capacity()) {
      return false;
    }
    ReceiveDescriptor.write(
        ring.entry(tail++), region, offset, capacity, bufferId, headerRegion, headerOffset);
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
      current = completions.entry(completed);
      int bufferId = ReceiveCompletion.bufferId(current);
      int length = ReceiveCompletion.length(current);
      int flags = ReceiveCompletion.flags(current);
      int flowTag = ReceiveCompletion.flowTag(current);
      completed++;
      handler.onFrame(bufferId, length, flags, flowTag);
      completions.consume(completed);
    }
    return count;
  }

  /** The RSS hash of the frame that is being handed out; 0 for frames without one. */
  public int rssHash() {
    return ReceiveCompletion.rssHash(current);
  }

  /** Its VLAN tag's control information, when its flags tell that one was taken off. */
  public int vlan() {
    return ReceiveCompletion.vlan(current);
  }

  /** Bytes of headers in its header buffer; 0 when it was not split. */
  public int headerLength() {
    return ReceiveCompletion.headerLength(current);
  }

  /** Segments that were joined into it, or from which it was never cut; 1 otherwise. */
  public int segments() {
    return ReceiveCompletion.segments(current);
  }

  /** Payload bytes of each of several segments but the last, which may have less; 0 otherwise. */
  public int segmentSize() {
    return ReceiveCompletion.segmentSize(current);
  }

  /** Whether {@link #poll} would hand out something. */
  public boolean hasFrames() {
    return completions.published() != completed;
  }

  /** Grows with every buffer posted and every frame taken. */
  long turns() {
    return tail + completed;
  }
}
