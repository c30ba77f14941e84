package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/**
 * The device's receive side: from the wire into a posted buffer, parsed once, checked, steered,
 * completed, here or by the queue pair that the frame belongs to.
 */
final class ReceiveEngine {
  private static final int MAX_EXPECTED = 1 << 20;
  private static final int TRANSPORT_OK = ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;

  private final PostedBuffers buffers;
  private final ReceiveCompletions completions;
  private final ReceiveDelivery delivery;
  private final ReceiveOptions options;
  private final WireQueue wire;
  private final Classifier classifier;
  private final int queue;

  /** Null for a NIC of one queue pair, whose frames are all its own. */
  private final CrossbarPort crossbar;

  private final NicCounters counters;
  private final Frame context = new Frame();
  private final ParsedPacket packet = new ParsedPacket();

  /** Whether looking for a frame in vain costs a system call. */
  private final boolean looksCost;

  private int expected = MAX_EXPECTED;

  ReceiveEngine(
      PostedBuffers buffers,
      ReceiveCompletions completions,
      ReceiveDelivery delivery,
      ReceiveOptions options,
      WireQueue wire,
      Classifier classifier,
      int queue,
      CrossbarPort crossbar,
      NicCounters counters) {
    this.buffers = buffers;
    this.completions = completions;
    this.delivery = delivery;
    this.options = options;
    this.wire = wire;
    this.classifier = classifier;
    this.queue = queue;
    this.crossbar = crossbar;
    this.counters = counters;
    this.looksCost = wire.receiveIsSystemCall();
  }

  /**
   * Takes frames until the wire has no more, no buffer is left, or the budget is spent; from a wire
   * whose every look costs, perhaps fewer, but never none while there is one. What other queues
   * handed over comes first, up to half of the budget.
   *
   * @param nowNanos the host's clock
   */
  int doWork(int budget, long nowNanos) {
    wire.service();
    if (!buffers.refresh()) {
      counters.badDescriptors++;
      return 0;
    }
    int handedOver = crossbar == null ? 0 : takeHandedOver(budget / 2, nowNanos);
    int frames = 0;
    int limit = Math.min(budget - handedOver, expected);
    while (frames < limit && delivery.prepare() && receiveOne(nowNanos)) {
      frames++;
    }
    delivery.endOfBatch(nowNanos);
    if (looksCost) {
      // The look that finds nothing is a system call too. Expect as many frames as came the last
      // time, and twice as many after that came true: at a steady rate every other one is saved.
      expected = frames < limit ? Math.max(1, frames) : Math.min(2 * limit, MAX_EXPECTED);
    }
    if (crossbar != null) {
      crossbar.flush();
    }
    buffers.report();
    completions.publish();
    return handedOver + frames;
  }

  /** Whether other queues handed frames over that were not taken yet. */
  boolean hasHandedOver() {
    return crossbar != null && crossbar.hasInbound();
  }

  /** Whether a frame could be taken: there is a buffer, and room for its completion. */
  boolean isReady() {
    return buffers.refresh() && delivery.isReady();
  }

  /** Returns false when the wire has no frame. */
  private boolean receiveOne(long nowNanos) {
    long target = delivery.target();
    int length = receive(target, delivery.capacity());
    if (length == 0) {
      return false;
    }
    packet.parse(target, length);
    if (!options.admits(packet.vlan())) {
      counters.vlanFiltered++;
      return true;
    }
    boolean vouched = context.needsChecksum() || context.checksumVerified();
    int flags = ChecksumOffload.verify(packet, vouched);
    if ((flags & TRANSPORT_OK) == TRANSPORT_OK) {
      counters.checksumsVerified++;
    } else if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
      counters.checksumsBad++;
    }
    steer(flags, nowNanos);
    return true;
  }

  /** The packet lies where {@link #delivery} wants the next one of this queue. */
  private void steer(int checks, long nowNanos) {
    Classifier.Reason reason = classifier.classify(packet, checks);
    counters.steered(reason);
    if (reason == Classifier.Reason.DROP) {
      return;
    }
    int flags = checks | classifier.flags();
    if (crossbar == null) {
      deliver(flags, nowNanos);
    } else if (reason == Classifier.Reason.EVERYBODY) {
      for (int other = 0; other < crossbar.queues(); other++) {
        if (other != queue && crossbar.isHosted(other)) {
          handOver(other, flags | ReceiveFlags.REPLICA);
        }
      }
      deliver(flags, nowNanos);
    } else if (classifier.queue() == queue) {
      deliver(flags, nowNanos);
    } else {
      handOver(classifier.queue(), flags);
    }
  }

  private void deliver(int flags, long nowNanos) {
    delivery.deliver(packet, context, flags, classifier.tag(), classifier.hash(), nowNanos);
  }

  private void handOver(int to, int flags) {
    int length = packet.length();
    if (crossbar.handOver(
        to, packet.frame(), length, context, flags, classifier.tag(), classifier.hash())) {
      counters.crossbarOut++;
      counters.crossbarOutBytes += length;
    } else {
      counters.crossbarFull++;
    }
  }

  /** Takes what other queues steered here into posted buffers; returns how many frames. */
  private int takeHandedOver(int budget, long nowNanos) {
    if (!buffers.isEmpty()) {
      crossbar.host();
    }
    int frames = 0;
    HandOverRing ring;
    while (frames < budget && (ring = crossbar.next()) != null && delivery.prepare()) {
      take(ring, nowNanos);
      frames++;
    }
    return frames;
  }

  private void take(HandOverRing ring, long nowNanos) {
    int length = ring.length();
    if (length <= delivery.capacity()) {
      ring.copy(delivery.target(), length, context);
      packet.parse(delivery.target(), length);
      counters.crossbarIn++;
      counters.crossbarInBytes += length;
      delivery.deliver(packet, context, ring.flags(), ring.tag(), ring.hash(), nowNanos);
    } else {
      counters.receiveTooLong++;
    }
    ring.drop();
  }

  /** What is kept back to be joined goes to the host. */
  void flush() {
    delivery.flush();
    completions.publish();
  }

  /** A fault in memory was caught: what was being written is lost. */
  void onFault() {
    delivery.onFault();
  }

  /** When {@link #doWork} is due though nothing arrives; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    return delivery.nextDeadlineNanos();
  }

  /** The next frame's length; those that the wire could not give are counted and skipped. */
  private int receive(long buffer, int capacity) {
    int length = wire.receive(buffer, capacity, context);
    while (length < 0) {
      if (length == -Errno.EMSGSIZE) {
        counters.receiveTooLong++;
      } else {
        counters.receiveErrors++;
        return 0;
      }
      length = wire.receive(buffer, capacity, context);
    }
    return length;
  }
}
