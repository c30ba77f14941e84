package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/**
 * The device's receive side: from the wire into a posted buffer, parsed once, checked, matched,
 * completed.
 */
final class ReceiveEngine {
  private static final int MAX_EXPECTED = 1 << 20;
  private static final int TRANSPORT_OK = ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;

  private final PostedBuffers buffers;
  private final ReceiveCompletions completions;
  private final WireQueue wire;
  private final FlowTable flows;
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
      FlowTable flows,
      NicCounters counters) {
    this.buffers = new PostedBuffers(ring, memory);
    this.completions = new ReceiveCompletions(completions, counters);
    this.wire = wire;
    this.flows = flows;
    this.counters = counters;
    this.looksCost = wire.receiveIsSystemCall();
  }

  /**
   * Takes frames until the wire has no more, no buffer is left, or the budget is spent; from a wire
   * whose every look costs, perhaps fewer, but never none while there is one.
   */
  int doWork(int budget) {
    wire.service();
    if (!buffers.refresh()) {
      counters.badDescriptors++;
      return 0;
    }
    int frames = 0;
    int limit = Math.min(budget, expected);
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
    buffers.report();
    completions.publish();
    return frames;
  }

  /** Whether a frame could be taken: there is a buffer, and room for its completion. */
  boolean isReady() {
    return buffers.refresh() && !buffers.isEmpty() && !completions.isFull();
  }

  /** Returns false when the wire has no frame. */
  private boolean receiveOne() {
    if (!buffers.load()) {
      counters.regionsRefused++;
      buffers.take();
      completions.refuse(buffers.bufferId());
      return true;
    }
    int length = receive(buffers.address(), buffers.capacity());
    if (length == 0) {
      return false;
    }
    packet.parse(buffers.address(), length);
    boolean vouched = context.needsChecksum() || context.checksumVerified();
    int flags = ChecksumOffload.verify(packet, vouched);
    int tag = FlowTable.NONE;
    if ((flags & TRANSPORT_OK) == TRANSPORT_OK) {
      counters.checksumsVerified++;
      tag = match();
    } else if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
      counters.checksumsBad++;
    }
    counters.receivedPackets++;
    counters.receivedBytes += length;
    buffers.take();
    completions.write(buffers.bufferId(), length, flags, tag, 0, 0, 0, 1, 0);
    return true;
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

  private int match() {
    if (!packet.isIpv4() || !packet.hasPorts()) {
      return FlowTable.NONE;
    }
    int tag =
        flows.lookup(
            packet.protocol(),
            packet.destination4(),
            packet.destinationPort(),
            packet.source4(),
            packet.sourcePort());
    if (tag != FlowTable.NONE) {
      counters.flowMatches++;
    }
    return tag;
  }
}
