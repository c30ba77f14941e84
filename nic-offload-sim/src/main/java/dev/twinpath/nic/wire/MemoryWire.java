package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A wire in memory between two NICs of one process; between two processes the same rings lie in a
 * file. Needs no privilege.
 *
 * <p>Queue {@code i} of one end is queue {@code i} of the other: who sends chooses the queue that
 * receives. Frames carry their offload context, so that nobody cuts or sums anything; each is
 * copied once into the ring and once out of it.
 */
public final class MemoryWire implements Wire {
  /** Bytes of a ring where nothing else is said: room for 15 uncut frames. */
  public static final int DEFAULT_RING_BYTES = 1 << 20;

  static final int MIN_RING_BYTES = 1 << 18;
  static final WireCapabilities CAPABILITIES = WireCapabilities.all(65535 + 14);

  /** The two ends of a wire. */
  public record Pair(MemoryWire left, MemoryWire right) {}

  private final MemoryQueue[] queues;
  private final Runnable release;
  private boolean closed;

  private MemoryWire(MemoryQueue[] queues, Runnable release) {
    this.queues = queues;
    this.release = release;
  }

  /** Makes a wire of one queue. */
  public static Pair pair() {
    return pair(1, DEFAULT_RING_BYTES);
  }

  /**
   * Makes a wire.
   *
   * @param queues 1 or more
   * @param ringBytes of each direction of each queue, a power of two, at least 256 KiB
   */
  public static Pair pair(int queues, int ringBytes) {
    checkRing(queues, ringBytes);
    Arena arena = Arena.ofShared();
    int[] descriptors = new int[2 * queues];
    MemoryQueue[] left = new MemoryQueue[queues];
    MemoryQueue[] right = new MemoryQueue[queues];
    AtomicInteger open = new AtomicInteger(2);
    for (int i = 0; i < queues; i++) {
      long there = ring(arena, ringBytes);
      long back = ring(arena, ringBytes);
      int leftWake = eventDescriptor(descriptors, 2 * i);
      int rightWake = eventDescriptor(descriptors, 2 * i + 1);
      left[i] =
          new MemoryQueue(
              arena,
              new MemoryRing(there, ringBytes),
              new MemoryRing(back, ringBytes),
              leftWake,
              rightWake,
              () -> open.get() < 2,
              false);
      right[i] =
          new MemoryQueue(
              arena,
              new MemoryRing(back, ringBytes),
              new MemoryRing(there, ringBytes),
              rightWake,
              leftWake,
              () -> open.get() < 2,
              false);
    }
    Runnable release =
        () -> {
          if (open.decrementAndGet() == 0) {
            for (int fd : descriptors) {
              Linux.close(fd);
            }
            arena.close();
          }
        };
    return new Pair(new MemoryWire(left, release), new MemoryWire(right, release));
  }

  static void checkRing(int queues, int ringBytes) {
    if (queues < 1 || ringBytes < MIN_RING_BYTES || Integer.bitCount(ringBytes) != 1) {
      throw new IllegalArgumentException("queues " + queues + ", ring bytes " + ringBytes);
    }
  }

  private static long ring(Arena arena, int bytes) {
    return arena.allocate(MemoryRing.HEADER_LENGTH + (long) bytes, 4096).address();
  }

  private static int eventDescriptor(int[] descriptors, int index) {
    int fd = Linux.eventfd(0, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
    if (fd < 0) {
      throw new UncheckedIOException(
          new IOException("cannot make an eventfd: " + Errno.describe(-fd)));
    }
    descriptors[index] = fd;
    return fd;
  }

  @Override
  public WireCapabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
  }

  /** The memory goes back when both ends are closed. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
