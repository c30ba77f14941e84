package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.ring.DescriptorRing;
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
      DescriptorRing ring,
      DescriptorRing completions,
      RegisteredMemory memory,
      WireQueue wire,
      Classifier classifier,
      int queue,
      CrossbarPort crossbar,
      NicCounters counters) {
    this.buffers = new PostedBuffers(ring, memory);
    this.completions = new ReceiveCompletions(completions, counters);
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
   */
  int doWork(int budget) {
    wire.service();
    if (!buffers.refresh()) {
      counters.badDescriptors++;
      return 0;
    }
    int handedOver = crossbar == null ? 0 : takeHandedOver(budget / 2);
    int frames = 0;
    int limit = Math.min(budget - handedOver, expected);
    while (frames < limit) {
      if (buffers.isEmpty()) {
        counters.noReceiveBuffer++;
        break;
      }
      if (completions.isFull() || !receiveOne()) {
        break;
      }
      frames++;
    }
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
    return buffers.refresh() && !buffers.isEmpty() && !completions.isFull();
  }

  /** Returns false when the wire has no frame. */
  private boolean receiveOne() {
    if (!loadBuffer()) {
      return true;
    }
    int length = receive(buffers.address(), buffers.capacity());
    if (length == 0) {
      return false;
    }
    packet.parse(buffers.address(), length);
    boolean vouched = context.needsChecksum() || context.checksumVerified();
    int flags = ChecksumOffload.verify(packet, vouched);
    if ((flags & TRANSPORT_OK) == TRANSPORT_OK) {
      counters.checksumsVerified++;
    } else if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
      counters.checksumsBad++;
    }
    steer(length, flags);
    return true;
  }

  /** Returns false when the first posted buffer cannot be used; it went back empty. */
  private boolean loadBuffer() {
    if (buffers.load()) {
      return true;
    }
    counters.regionsRefused++;
    buffers.take();
    completions.refuse(buffers.bufferId());
    return false;
  }

  /** The packet lies in the first posted buffer, which is used only if the packet stays here. */
  private void steer(int length, int checks) {
    Classifier.Reason reason = classifier.classify(packet, checks);
    counters.steered(reason);
    if (reason == Classifier.Reason.DROP) {
      return;
    }
    int flags = checks | classifier.flags();
    if (crossbar == null) {
      deliver(length, flags, classifier.tag(), classifier.hash());
    } else if (reason == Classifier.Reason.EVERYBODY) {
      for (int other = 0; other < crossbar.queues(); other++) {
        if (other != queue && crossbar.isHosted(other)) {
          handOver(other, length, flags | ReceiveFlags.REPLICA);
        }
      }
      deliver(length, flags, classifier.tag(), classifier.hash());
    } else if (classifier.queue() == queue) {
      deliver(length, flags, classifier.tag(), classifier.hash());
    } else {
      handOver(classifier.queue(), length, flags);
    }
  }

  private void handOver(int to, int length, int flags) {
    if (crossbar.handOver(
        to, packet.frame(), length, context, flags, classifier.tag(), classifier.hash())) {
      counters.crossbarOut++;
      counters.crossbarOutBytes += length;
    } else {
      counters.crossbarFull++;
    }
  }

  /** Takes what other queues steered here into posted buffers; returns how many frames. */
  private int takeHandedOver(int budget) {
    if (!buffers.isEmpty()) {
      crossbar.host();
    }
    int frames = 0;
    HandOverRing ring;
    while (frames < budget && (ring = crossbar.next()) != null) {
      if (buffers.isEmpty()) {
        counters.noReceiveBuffer++;
        break;
      }
      if (completions.isFull()) {
        break;
      }
      frames++;
      if (loadBuffer()) {
        take(ring);
      }
    }
    return frames;
  }

  private void take(HandOverRing ring) {
    int length = ring.length();
    if (length <= buffers.capacity()) {
      ring.copy(buffers.address(), length, context);
      packet.parse(buffers.address(), length);
      counters.crossbarIn++;
      counters.crossbarInBytes += length;
      deliver(length, ring.flags(), ring.tag(), ring.hash());
    } else {
      counters.receiveTooLong++;
    }
    ring.drop();
  }

  /**
   * Completes a frame of this queue: it lies in the first posted buffer, {@link #packet} is its
   * parse and {@link #context} its offload context.
   */
  private void deliver(int length, int flags, int tag, int hash) {
    counters.receivedPackets++;
    counters.receivedBytes += length;
    buffers.take();
    completions.write(buffers.bufferId(), length, flags, tag, hash, 0, 0, 1, 0);
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
