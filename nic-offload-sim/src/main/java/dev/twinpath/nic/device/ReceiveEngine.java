package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveCompletion;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/** The device's side of a receive ring: from the wire into posted buffers, checked and matched. */
final class ReceiveEngine {
  private static final int MAX_EXPECTED = 1 << 20;
  private static final int TRANSPORT_OK = ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;

  private final DescriptorRing ring;
  private final DescriptorRing completions;
  private final RegisteredMemory memory;
  private final WireQueue wire;
  private final FlowTable flows;
  private final NicCounters counters;
  private final Frame context = new Frame();
  private long head;
  private long completed;
  private long published;

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
    this.ring = ring;
    this.completions = completions;
    this.memory = memory;
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
    publish();
    long tail = ring.published();
    if (tail - head > ring.capacity() || tail - head < 0) {
      counters.badDescriptors++;
      return 0;
    }
    int frames = 0;
    int limit = Math.min(budget, expected);
    while (frames < limit) {
      if (head == tail) {
        counters.noReceiveBuffer++;
        break;
      }
      if (completed - completions.consumed() >= completions.capacity()) {
        break;
      }
      if (!receiveOne(ring.entry(head))) {
        break;
      }
      frames++;
    }
    if (looksCost) {
      // The look that finds nothing is a system call too. Expect as many frames as came the last
      // time, and twice as many after that came true: at a steady rate every other one is saved.
      expected = frames < limit ? Math.max(1, frames) : Math.min(2 * limit, MAX_EXPECTED);
    }
    publish();
    return frames;
  }

  private void publish() {
    if (published != completed) {
      published = completed;
      ring.consume(head);
      completions.publish(completed);
    }
  }

  /** Returns false when the wire has no frame. */
  private boolean receiveOne(long descriptor) {
    int capacity = ReceiveDescriptor.capacity(descriptor);
    int bufferId = ReceiveDescriptor.bufferId(descriptor);
    long buffer =
        memory.translate(
            ReceiveDescriptor.region(descriptor),
            ReceiveDescriptor.offset(descriptor),
            capacity,
            RegisteredMemory.WRITE);
    if (buffer < 0 || capacity < EthernetHeader.LENGTH) {
      counters.regionsRefused++;
      complete(bufferId, 0, 0, FlowTable.NONE);
      return true;
    }
    int length = receive(buffer, capacity);
    if (length == 0) {
      return false;
    }
    int flags =
        ChecksumOffload.verify(
            buffer, length, context.needsChecksum() || context.checksumVerified());
    int tag = FlowTable.NONE;
    if ((flags & TRANSPORT_OK) == TRANSPORT_OK) {
      counters.checksumsVerified++;
      tag = match(buffer, length);
    } else if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
      counters.checksumsBad++;
    }
    counters.receivedPackets++;
    counters.receivedBytes += length;
    complete(bufferId, length, flags, tag);
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

  private int match(long frame, int length) {
    long packet = frame + EthernetHeader.LENGTH;
    if (EthernetHeader.type(frame) != EthernetHeader.TYPE_IPV4) {
      return FlowTable.NONE;
    }
    long transport = packet + Ipv4Header.headerLength(packet);
    if (transport + 4 > frame + length) {
      return FlowTable.NONE;
    }
    int tag =
        flows.lookup(
            Ipv4Header.protocol(packet),
            Ipv4Header.destination(packet),
            TcpHeader.destinationPort(transport),
            Ipv4Header.source(packet),
            TcpHeader.sourcePort(transport));
    if (tag != FlowTable.NONE) {
      counters.flowMatches++;
    }
    return tag;
  }

  private void complete(int bufferId, int length, int flags, int flowTag) {
    long entry = completions.entry(completed);
    ReceiveCompletion.write(entry, bufferId, length, flags, flowTag);
    completed++;
    head++;
    counters.receiveCompletions++;
  }
}
