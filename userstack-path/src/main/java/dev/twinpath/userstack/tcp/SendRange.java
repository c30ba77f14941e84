package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.RangeOwner;

/**
 * One contiguous piece of a send queue: file pages, or a block of the slab. Pooled by its shard.
 */
final class SendRange {
  SendRange next;

  /** Sequence number, 64 bits, of the first byte. */
  long start;

  long length;
  int region;

  /** Where in the region the first byte is. */
  long offset;

  RangeOwner owner;

  /** Block of the slab, -1 = the memory is not ours. */
  int block;

  /** Number of the last packet that reads the range; -1 = none. */
  long lastPacket;

  /** Set when the range leaves its queue. */
  long acked;

  long end() {
    return start + length;
  }
}
