package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How a device thread sleeps: on the descriptors of its wires' queues and one of its own, which
 * doorbells write.
 *
 * <p>The device says that it sleeps, looks at everything once more, and sleeps; a host makes its
 * work visible and then looks whether the device sleeps. With a full fence between on both sides
 * one sees the other.
 */
final class DeviceSleeper {
  private static final VarHandle SLEEPING;
  private static final int POLLFD_LENGTH = 8;
  private static final int EVENTS = 4;

  /** The thread looks around at least this often. */
  private static final long MAX_NANOS = 1_000_000_000L;

  /** The same where a wire has no way to tell that it has something. */
  private static final long LOOK_AGAIN_NANOS = 1_000_000L;

  static {
    try {
      SLEEPING = MethodHandles.lookup().findVarHandle(DeviceSleeper.class, "sleeping", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final QueuePair[] pairs;
  private final Arena arena = Arena.ofShared();
  private final long descriptors;
  private final long timespec;
  private final long one;
  private final long discarded;
  private final int eventFd;
  private int sleeping;
  private boolean closed;
  private volatile boolean threadRuns;

  DeviceSleeper(QueuePair[] pairs) {
    this.pairs = pairs;
    eventFd = Linux.eventfd(0, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
    if (eventFd < 0) {
      arena.close();
      throw new UncheckedIOException(
          new IOException("cannot make an eventfd: " + Errno.describe(-eventFd)));
    }
    descriptors = arena.allocate((pairs.length + 1L) * POLLFD_LENGTH, 8).address();
    timespec = arena.allocate(2L * Long.BYTES, 8).address();
    one = arena.allocate(2L * Long.BYTES, 8).address();
    Memory.putLong(one, 1);
    discarded = one + Long.BYTES;
  }

  /** Host, or whoever else made work visible: wakes the device if it sleeps or is about to. */
  void wake() {
    VarHandle.fullFence();
    if ((int) SLEEPING.getOpaque(this) != 0 && SLEEPING.compareAndSet(this, 1, 0)) {
      synchronized (this) {
        if (!closed) {
          Linux.write(eventFd, one, Long.BYTES);
        }
      }
    }
  }

  /**
   * Device: sleeps, unless there is something to do.
   *
   * @param nanos at most this long
   */
  void sleep(long nanos) {
    SLEEPING.setVolatile(this, 1);
    VarHandle.fullFence();
    boolean quiet = true;
    long limit = Math.min(nanos, MAX_NANOS);
    int armed = 0;
    put(pairs.length, eventFd);
    while (quiet && armed < pairs.length) {
      QueuePair pair = pairs[armed];
      quiet = pair.armDevice();
      put(armed, pair.armedFd());
      if (pair.mustLookAgain()) {
        limit = Math.min(limit, LOOK_AGAIN_NANOS);
      }
      armed++;
    }
    if (quiet && limit > 0) {
      Memory.putLong(timespec, limit / 1_000_000_000L);
      Memory.putLong(timespec + Long.BYTES, limit % 1_000_000_000L);
      Linux.ppoll(descriptors, pairs.length + 1, timespec);
    }
    for (int i = 0; i < armed; i++) {
      pairs[i].disarmDevice();
    }
    if (!SLEEPING.compareAndSet(this, 1, 0) || quiet) {
      // Also when nobody seems to have written: the writer may be late.
      Linux.read(eventFd, discarded, Long.BYTES);
    }
  }

  /** Whether a thread runs the agent, so that one may wait for what it does. */
  boolean threadRuns() {
    return threadRuns;
  }

  void threadRuns(boolean runs) {
    threadRuns = runs;
  }

  private void put(int index, int fd) {
    // poll(2) passes over descriptors that are negative.
    Memory.putInt(descriptors + (long) index * POLLFD_LENGTH, fd);
    Memory.putInt(descriptors + (long) index * POLLFD_LENGTH + EVENTS, Linux.POLLIN);
  }

  synchronized void close() {
    if (!closed) {
      closed = true;
      Linux.close(eventFd);
      arena.close();
    }
  }
}
