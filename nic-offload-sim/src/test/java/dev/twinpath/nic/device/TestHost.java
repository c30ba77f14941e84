package dev.twinpath.nic.device;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Wire;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** A host for tests: a NIC, a slab to send from, posted buffers, and lists of what came. */
public final class TestHost implements AutoCloseable {
  public static final int SLAB = 1 << 20;
  private static final int BUFFER = 68 * 1024;
  private static final int BUFFERS = 8;

  /** A received frame, copied. */
  public record Received(byte[] bytes, int flags, int flowTag) {}

  /** A transmit completion. */
  public record Completed(long cookie, int status) {}

  public final Arena arena = Arena.ofShared();
  public final Nic nic;
  public final QueuePair queue;
  public final long slab;
  public final int slabRegion;
  public final List<Received> received = new ArrayList<>();
  public final List<Completed> completed = new ArrayList<>();
  private final long buffers;
  private final int bufferRegion;

  /** A NIC that gives each frame as the wire does. */
  public TestHost(long mac, Wire wire) {
    this(
        NicConfig.defaults(mac)
            .withReceive(ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF)),
        wire);
  }

  public TestHost(NicConfig config, Wire wire) {
    nic = new Nic(config, wire);
    queue = nic.queuePair(0);
    slab = arena.allocate(SLAB, 4096).address();
    slabRegion = nic.memory().register(slab, SLAB, RegisteredMemory.READ);
    buffers = arena.allocate((long) BUFFER * BUFFERS, 4096).address();
    bufferRegion = nic.memory().register(buffers, (long) BUFFER * BUFFERS, RegisteredMemory.WRITE);
    for (int i = 0; i < BUFFERS; i++) {
      post(i);
    }
  }

  private void post(int buffer) {
    queue.receive().post(bufferRegion, (long) buffer * BUFFER, BUFFER, buffer);
  }

  /** Sends a frame as it is. */
  public void send(byte[] frame) {
    Memory.copy(frame, 0, slab, frame.length);
    TransmitQueue tx = queue.transmit();
    tx.begin(0, 0, 0, 0, 0, 0);
    tx.add(slabRegion, 0, frame.length);
    tx.end(0);
    tx.doorbell();
    poll();
  }

  /** One round of the host's loop. */
  public int poll() {
    int work = queue.doWork(System.nanoTime());
    queue.transmit().poll((cookie, status) -> completed.add(new Completed(cookie, status)), 1000);
    queue
        .receive()
        .poll(
            (id, length, flags, tag) -> {
              byte[] bytes = Memory.toArray(buffers + (long) id * BUFFER, length);
              received.add(new Received(bytes, flags, tag));
              post(id);
            },
            1000);
    return work;
  }

  @Override
  public void close() {
    nic.close();
    arena.close();
  }
}
