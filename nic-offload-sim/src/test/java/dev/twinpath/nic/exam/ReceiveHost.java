package dev.twinpath.nic.exam;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.nic.wire.Wire;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** A host that receives, with buffers as a test wants them and time as it says. */
final class ReceiveHost implements AutoCloseable {
  /** A packet: its bytes as if never split, and what the completion tells. */
  record Packet(
      byte[] bytes,
      int flags,
      int flowTag,
      int headerLength,
      int segments,
      int segmentSize,
      int vlan,
      long payloadAddress) {}

  final RecordingWire wire = new RecordingWire(false, false);
  final Nic nic;
  final QueuePair queue;
  final List<Packet> packets = new ArrayList<>();
  final int capacity;
  private final Arena arena = Arena.ofShared();
  private final long memory;
  private final int region;
  private final long headers;
  private final int headersRegion;
  private final int buffers;

  /** Whether the next buffers are posted with one for the headers. */
  boolean split;

  /** Buffers that came back are posted again at once. */
  boolean reposts = true;

  ReceiveHost(ReceiveOptions options, int buffers, int capacity, boolean split) {
    this(options, null, buffers, capacity, split);
  }

  /** The same over another wire than {@link #wire}. */
  ReceiveHost(ReceiveOptions options, Wire other, int buffers, int capacity, boolean split) {
    this.buffers = buffers;
    this.capacity = capacity;
    this.split = split;
    nic = new Nic(NicConfig.defaults(1).withReceive(options), other == null ? wire : other);
    queue = nic.queuePair(0);
    memory = arena.allocate((long) buffers * capacity, 4096).address();
    region = nic.memory().register(memory, (long) buffers * capacity, RegisteredMemory.WRITE);
    long headersLength = (long) buffers * ReceiveDescriptor.HEADER_CAPACITY;
    headers = arena.allocate(headersLength, 64).address();
    headersRegion = nic.memory().register(headers, headersLength, RegisteredMemory.WRITE);
    for (int i = 0; i < buffers; i++) {
      post(i);
    }
  }

  void post(int buffer) {
    long offset = (long) buffer * capacity;
    if (split) {
      long header = (long) buffer * ReceiveDescriptor.HEADER_CAPACITY;
      queue.receive().post(region, offset, capacity, buffer, headersRegion, header);
    } else {
      queue.receive().post(region, offset, capacity, buffer);
    }
  }

  NicCounters counters() {
    return queue.counters();
  }

  /** What the wire gives next. */
  ReceiveHost give(byte[]... frames) {
    for (byte[] frame : frames) {
      wire.give(frame);
    }
    return this;
  }

  /** Lets the device work at a time, and takes what it gives; returns that. */
  List<Packet> receive(long nowNanos) {
    packets.clear();
    for (int i = 0; i < 10_000 && queue.doWork(nowNanos) > 0; i++) {
      take();
    }
    take();
    return packets;
  }

  private void take() {
    queue.receive().poll(this::onFrame, buffers);
  }

  private void onFrame(int buffer, int length, int flags, int tag) {
    int header = queue.receive().headerLength();
    long payload = memory + (long) buffer * capacity;
    byte[] bytes = Memory.toArray(payload, length - header);
    if (header > 0) {
      long at = headers + (long) buffer * ReceiveDescriptor.HEADER_CAPACITY;
      bytes = ExamFrame.join(Memory.toArray(at, header), bytes);
    }
    packets.add(
        new Packet(
            bytes,
            flags,
            tag,
            header,
            queue.receive().segments(),
            queue.receive().segmentSize(),
            queue.receive().vlan(),
            payload));
    if (reposts) {
      post(buffer);
    }
  }

  /** Where the first buffer lies. */
  long memory() {
    return memory;
  }

  /** Takes a region's rights from the device, as a host does that frees it. */
  void forbidBuffers() {
    nic.memory().deregister(region);
  }

  @Override
  public void close() {
    nic.close();
    arena.close();
  }
}
