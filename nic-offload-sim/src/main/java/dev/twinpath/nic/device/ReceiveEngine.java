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

  /** Frames that were received and are not steered yet. */
  private final ParsedPacket[] packets = new ParsedPacket[PostedBuffers.SLOTS];

  private final Frame[] contexts = new Frame[PostedBuffers.SLOTS];
  private final int[] checks = new int[PostedBuffers.SLOTS];
  private final int ahead;

  /** Frames that the last {@link #receive} took from the wire. */
  private int taken;

  /** Whether it stopped because there was none, or no buffer for one. */
  private boolean exhausted;

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
    this.ahead = delivery.ahead();
    for (int i = 0; i < packets.length; i++) {
      packets[i] = new ParsedPacket();
      contexts[i] = new Frame();
    }
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
    exhausted = false;
    while (frames < limit && !exhausted) {
      int received = receive(Math.min(limit - frames, ahead));
      frames += taken;
      if (received > 1 && classifier.looksAhead()) {
        classifier.lookAhead(packets, received);
      }
      for (int slot = 0; slot < received; slot++) {
        delivery.select(slot);
        steer(packets[slot], contexts[slot], checks[slot], nowNanos);
      }
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

  /**
   * Receives frames into one slot after the other, before any of them is steered: with a million
   * flows each look into the flow table misses the cache, and several misses cost hardly more than
   * one when they come together.
   *
   * @return how many are in slots
   */
  private int receive(int wanted) {
    int received = 0;
    taken = 0;
    while (taken < wanted) {
      if (!delivery.prepare(received)) {
        // Those that are in slots already may make room.
        exhausted = received == 0;
        break;
      }
      long target = delivery.target();
      Frame context = contexts[received];
      int length = receive(target, delivery.capacity(), context);
      if (length == 0) {
        exhausted = true;
        break;
      }
      taken++;
      ParsedPacket packet = packets[received];
      packet.parse(target, length);
      if (!options.admits(packet.vlan())) {
        counters.vlanFiltered++;
        continue;
      }
      checks[received++] = verify(packet, context);
      if (delivery.isTargetShared()) {
        break;
      }
    }
    return received;
  }

  private int verify(ParsedPacket packet, Frame context) {
    boolean vouched = context.needsChecksum() || context.checksumVerified();
    int flags = ChecksumOffload.verify(packet, vouched);
    if ((flags & TRANSPORT_OK) == TRANSPORT_OK) {
      counters.checksumsVerified++;
    } else if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
      counters.checksumsBad++;
    }
    return flags;
  }

  /** The packet lies where {@link #delivery} wanted it. */
  private void steer(ParsedPacket packet, Frame context, int sums, long nowNanos) {
    Classifier.Reason reason = classifier.classify(packet, sums);
    counters.steered(reason);
    if (reason == Classifier.Reason.DROP) {
      return;
    }
    int flags = sums | classifier.flags();
    if (crossbar == null) {
      deliver(packet, context, flags, nowNanos);
    } else if (reason == Classifier.Reason.EVERYBODY) {
      for (int other = 0; other < crossbar.queues(); other++) {
        if (other != queue && crossbar.isHosted(other)) {
          handOver(other, packet, context, flags | ReceiveFlags.REPLICA);
        }
      }
      deliver(packet, context, flags, nowNanos);
    } else if (classifier.queue() == queue) {
      deliver(packet, context, flags, nowNanos);
    } else {
      handOver(classifier.queue(), packet, context, flags);
    }
  }

  private void deliver(ParsedPacket packet, Frame context, int flags, long nowNanos) {
    delivery.deliver(packet, context, flags, classifier.tag(), classifier.hash(), nowNanos);
  }

  private void handOver(int to, ParsedPacket packet, Frame context, int flags) {
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
    if (!buffers.isEmpty(0)) {
      crossbar.host();
    }
    int frames = 0;
    HandOverRing ring;
    while (frames < budget && (ring = crossbar.next()) != null && delivery.prepare(0)) {
      take(ring, nowNanos);
      frames++;
    }
    return frames;
  }

  private void take(HandOverRing ring, long nowNanos) {
    int length = ring.length();
    if (length <= delivery.capacity()) {
      Frame context = contexts[0];
      ParsedPacket packet = packets[0];
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
  private int receive(long buffer, int capacity, Frame context) {
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
