package dev.twinpath.nic.device;

import dev.twinpath.nic.wire.Frame;

/** One queue pair's end of the {@link Crossbar}. One thread. */
final class CrossbarPort {
  private final Crossbar crossbar;
  private final int queue;

  /** Sources whose rings may hold frames for us. */
  private final long[] inbound;

  /** Targets that we have put frames for and not told yet. */
  private final long[] dirty;

  private boolean hosted;

  CrossbarPort(Crossbar crossbar, int queue) {
    this.crossbar = crossbar;
    this.queue = queue;
    this.inbound = new long[words(crossbar.queues())];
    this.dirty = new long[words(crossbar.queues())];
  }

  /** Words of 64 bits for a bit of each queue. */
  static int words(int queues) {
    return queues + 63 >>> 6;
  }

  /** The host has posted buffers: copies of what everybody gets are welcome. */
  void host() {
    if (!hosted) {
      hosted = true;
      crossbar.host(queue);
    }
  }

  boolean isHosted(int other) {
    return crossbar.isHosted(other);
  }

  int queues() {
    return crossbar.queues();
  }

  /**
   * Gives a frame to another queue; it sees it after {@link #flush}.
   *
   * @return false when there is no room
   */
  boolean handOver(int to, long frame, int length, Frame context, int flags, int tag, int hash) {
    HandOverRing ring = crossbar.ringForProducer(queue, to);
    if (!ring.put(frame, length, context, flags, tag, hash)) {
      return false;
    }
    dirty[to >>> 6] |= 1L << to;
    return true;
  }

  /** Shows other queues what was handed to them, and wakes their hosts. */
  void flush() {
    for (int word = 0; word < dirty.length; word++) {
      long bits = dirty[word];
      dirty[word] = 0;
      for (; bits != 0; bits &= bits - 1) {
        int to = word << 6 | Long.numberOfTrailingZeros(bits);
        crossbar.ringForProducer(queue, to).publish();
        crossbar.announce(queue, to);
      }
    }
  }

  /** A ring with a frame for us, or null. */
  HandOverRing next() {
    for (int word = 0; word < inbound.length; word++) {
      inbound[word] |= crossbar.takePending(queue, word);
      while (inbound[word] != 0) {
        int from = word << 6 | Long.numberOfTrailingZeros(inbound[word]);
        HandOverRing ring = crossbar.ringForConsumer(from, queue);
        if (ring.length() != 0) {
          return ring;
        }
        inbound[word] &= inbound[word] - 1;
      }
    }
    return null;
  }

  /** Whether there may be a frame for us; after the interrupt was armed. */
  boolean hasInbound() {
    for (long bits : inbound) {
      if (bits != 0) {
        return true;
      }
    }
    return crossbar.hasPending(queue);
  }
}
