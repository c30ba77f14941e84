package dev.twinpath.nic.exam;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.flow.ToeplitzHash;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A NIC of many queues with a host on each, all on one thread, on a wire that gives what we say.
 */
final class SteeredHost implements AutoCloseable {
  private static final int BUFFER = 2048;
  private static final int BUFFERS = 64;

  /** A frame and what its completion tells. */
  record Delivered(int queue, byte[] bytes, int flags, int tag, int hash) {}

  private final List<ArrayDeque<byte[]>> given = new ArrayList<>();
  private final List<Delivered> delivered = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final long memory;
  private final int region;
  final Nic nic;
  final Steering steering;

  /** With the key of the published vectors. */
  SteeredHost(int queues) {
    this(
        NicConfig.defaults(0x02_00_00_00_00_01L)
            .withQueuePairs(queues)
            .withSteeringSeed(7)
            .withRssKey(ToeplitzHash.standardKey()));
  }

  SteeredHost(NicConfig config) {
    int queues = config.queuePairs();
    for (int i = 0; i < queues; i++) {
      given.add(new ArrayDeque<>());
    }
    nic = new Nic(config, new GivingWire());
    steering = nic.steering();
    long bytes = (long) queues * BUFFERS * BUFFER;
    memory = arena.allocate(bytes, 4096).address();
    region = nic.memory().register(memory, bytes, RegisteredMemory.WRITE);
    for (int i = 0; i < queues * BUFFERS; i++) {
      post(i);
    }
    work();
  }

  private void post(int buffer) {
    nic.queuePair(buffer / BUFFERS).receive().post(region, (long) buffer * BUFFER, BUFFER, buffer);
  }

  /** Lets the wire give a frame on one of its queues, and returns what came of it. */
  List<Delivered> receive(int wireQueue, byte[] frame) {
    give(wireQueue, frame);
    return work();
  }

  /** Lets the wire have a frame on one of its queues; nobody works yet. */
  void give(int wireQueue, byte[] frame) {
    given.get(wireQueue).add(frame);
  }

  /** The one delivery of a frame that the wire gives on a queue. */
  Delivered receiveOne(int wireQueue, ExamFrame frame) {
    List<Delivered> all = receive(wireQueue, frame.build());
    if (all.size() != 1) {
      throw new AssertionError("one delivery, not " + all);
    }
    return all.get(0);
  }

  /** Lets every queue work until nothing moves; returns what was delivered. */
  List<Delivered> work() {
    delivered.clear();
    int moved = 1;
    while (moved > 0) {
      moved = nic.agent().map(agent -> agent.doWork()).orElse(0);
      for (int i = 0; i < nic.queuePairs(); i++) {
        QueuePair pair = nic.queuePair(i);
        int queue = i;
        moved += pair.doWork(0);
        moved +=
            pair.receive()
                .poll(
                    (id, length, flags, tag) -> {
                      byte[] bytes = Memory.toArray(memory + (long) id * BUFFER, length);
                      int hash = pair.receive().rssHash();
                      delivered.add(new Delivered(queue, bytes, flags, tag, hash));
                      post(id);
                    },
                    1000);
      }
    }
    return List.copyOf(delivered);
  }

  /** A counter's sum over all queues. */
  long sum(ToLongFunction<NicCounters> counter) {
    long sum = 0;
    for (int i = 0; i < nic.queuePairs(); i++) {
      sum += counter.applyAsLong(nic.queuePair(i).counters());
    }
    return sum;
  }

  @Override
  public void close() {
    nic.close();
    arena.close();
  }

  private final class GivingWire implements Wire {
    @Override
    public WireCapabilities capabilities() {
      return WireCapabilities.plain(65549);
    }

    @Override
    public int queues() {
      return given.size();
    }

    @Override
    public WireQueue queue(int index) {
      return new GivingQueue(given.get(index));
    }

    @Override
    public void close() {}
  }

  private record GivingQueue(ArrayDeque<byte[]> frames) implements WireQueue {
    @Override
    public int transmit(Frame frame) {
      return 0;
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      byte[] frame = frames.poll();
      context.clear();
      if (frame == null) {
        return 0;
      }
      Memory.copy(frame, 0, address, frame.length);
      return frame.length;
    }

    @Override
    public int pollableFd() {
      return -1;
    }

    @Override
    public boolean armInterrupt() {
      return frames.isEmpty();
    }

    @Override
    public void disarmInterrupt() {}
  }
}
