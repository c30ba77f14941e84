package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.Optional;

/** The first queue of one end of a wire, used as a NIC would use it but looked at in between. */
final class RawEnd implements AutoCloseable {
  private static final int BUFFER = 80_000;
  private static final int SPINS = 2_000;
  private static final int SLEEPS = 5_000;

  private final Arena arena = Arena.ofShared();
  private final WireQueue queue;

  /** Where the last frame that was taken lies. */
  final long buffer = arena.allocate(BUFFER, 64).address();

  /** The offload context of that frame. */
  final Frame context = new Frame();

  private final long pollfd = arena.allocate(8, 8).address();

  RawEnd(Wire wire) {
    queue = wire.queue(0);
  }

  /** Sends, and waits while there is no room; returns what the wire said in the end. */
  int send(Frame frame) {
    int status = queue.transmit(frame);
    for (int i = 0; i < SPINS + SLEEPS && status == -dev.twinpath.nic.linux.Errno.EAGAIN; i++) {
      pause(i);
      status = queue.transmit(frame);
    }
    return status;
  }

  /** Waits for a frame; returns its length. */
  int take() {
    for (int i = 0; i < SPINS + SLEEPS; i++) {
      Optional<Integer> length = look(BUFFER);
      if (length.isPresent()) {
        return length.get();
      }
      pause(i);
    }
    throw new AssertionError("no frame came");
  }

  /** Looks once for a frame into so many bytes. */
  Optional<Integer> look(int capacity) {
    queue.service();
    int length = queue.receive(buffer, capacity, context);
    return length == 0 ? Optional.empty() : Optional.of(length);
  }

  byte[] bytes(int length) {
    return Memory.toArray(buffer, length);
  }

  /** Whether a sleeper on the queue's descriptor is woken within a time. */
  boolean isWokenWithin(int millis) {
    Memory.putInt(pollfd, queue.pollableFd());
    Memory.putShort(pollfd + 4, Linux.POLLIN);
    return Linux.poll(pollfd, 1, millis) == 1;
  }

  WireQueue queue() {
    return queue;
  }

  private static void pause(int round) {
    if (round < SPINS) {
      Thread.onSpinWait();
      return;
    }
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
