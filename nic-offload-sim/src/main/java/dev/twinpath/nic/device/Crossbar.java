package dev.twinpath.nic.device;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What joins the queue pairs of a NIC: a {@link HandOverRing} from each to each, made when it is
 * first needed. Hardware decides about a frame's queue before any memory is written; a simulated
 * one gets its frames from a wire whose queues are served by different threads, and hands over
 * those that the wire's choice and its own do not agree about.
 *
 * <p>A queue's threads look at one word for each 64 queues to see whether others handed anything
 * over; a NIC of one queue pair has no crossbar at all.
 */
final class Crossbar {
  private final int queues;

  /** By target, then source. */
  private final AtomicReferenceArray<HandOverRing> rings;

  /** Bits of the sources that handed over, {@link #words} of each target. */
  private final AtomicLongArray pending;

  private final int words;

  /** Whether a queue has a host: 1 once it has posted a buffer. */
  private final AtomicLongArray hosted;

  private final Interrupt[] interrupts;
  private final boolean inline;

  /**
   * @param inline whether queues are served by their hosts' threads; otherwise one agent serves all
   *     of them, and sees by itself what it handed over
   */
  Crossbar(int queues, boolean inline) {
    this.queues = queues;
    this.inline = inline;
    this.words = CrossbarPort.words(queues);
    this.rings = new AtomicReferenceArray<>(queues * queues);
    this.pending = new AtomicLongArray(queues * words);
    this.hosted = new AtomicLongArray(queues);
    this.interrupts = new Interrupt[queues];
  }

  int queues() {
    return queues;
  }

  /** A queue's place, with the line that wakes its host. */
  CrossbarPort port(int queue, Interrupt interrupt) {
    interrupts[queue] = interrupt;
    return new CrossbarPort(this, queue);
  }

  /** The ring from one queue to another; only the source's thread calls this. */
  HandOverRing ringForProducer(int from, int to) {
    HandOverRing ring = rings.get(to * queues + from);
    if (ring == null) {
      ring = new HandOverRing();
      rings.set(to * queues + from, ring);
    }
    return ring;
  }

  /** The same for the target's thread, which was told that there is one. */
  HandOverRing ringForConsumer(int from, int to) {
    return rings.get(to * queues + from);
  }

  /** Tells a queue that another has handed over, and wakes its host. */
  void announce(int from, int to) {
    // The ring was published; whoever took the bit before this fence sees what is in it.
    VarHandle.fullFence();
    long bit = 1L << from;
    int word = to * words + (from >>> 6);
    if ((pending.get(word) & bit) == 0) {
      pending.getAndAccumulate(word, bit, (x, y) -> x | y);
    }
    if (inline) {
      interrupts[to].raise();
    }
  }

  /** Takes one word of a queue's pending sources. */
  long takePending(int queue, int word) {
    int at = queue * words + word;
    return pending.get(at) == 0 ? 0 : pending.getAndSet(at, 0);
  }

  boolean hasPending(int queue) {
    for (int word = 0; word < words; word++) {
      if (pending.get(queue * words + word) != 0) {
        return true;
      }
    }
    return false;
  }

  void host(int queue) {
    hosted.set(queue, 1);
  }

  boolean isHosted(int queue) {
    return hosted.get(queue) != 0;
  }

  void close() {
    for (int i = 0; i < rings.length(); i++) {
      HandOverRing ring = rings.getAndSet(i, null);
      if (ring != null) {
        ring.close();
      }
    }
  }
}
