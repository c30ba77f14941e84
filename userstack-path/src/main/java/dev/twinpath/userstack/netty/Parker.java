package dev.twinpath.userstack.netty;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Blocks an event loop until the NIC has a frame, another thread calls, or time is up.
 *
 * <p>No wake-up is lost: the loop publishes "sleeping", then looks at everything again, then
 * blocks; a caller makes its work visible, then exchanges the state. One of the two sees the other
 * (the exchange is a full fence; compare Netty #15937).
 */
final class Parker implements AutoCloseable {
  private static final int AWAKE = 0;
  private static final int SLEEPING = 1;

  /** {@code struct pollfd}: int fd, short events, short revents. */
  private static final int POLLFD_LENGTH = 8;

  private static final int REVENTS = 6;
  private static final long MILLI = 1_000_000L;

  /** A loop looks around at least this often. */
  private static final int MAX_MILLIS = 1_000;

  /** What is written to an eventfd, forever. */
  private static final long ONE = one();

  private final AtomicInteger state = new AtomicInteger(AWAKE);
  private final Arena arena = Arena.ofShared();
  private final long descriptors = arena.allocate(2L * POLLFD_LENGTH + Long.BYTES, 8).address();
  private final long buffer = descriptors + 2L * POLLFD_LENGTH;
  private final int count;
  private final int eventFd;
  private boolean closed;

  /**
   * Creates a parker.
   *
   * @param nicFd readable when the NIC's queue has a frame; -1 for none
   */
  Parker(int nicFd) {
    eventFd = Linux.eventfd(0, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
    if (eventFd < 0) {
      arena.close();
      throw new IllegalStateException("eventfd: errno " + -eventFd);
    }
    descriptor(0, eventFd);
    count = nicFd >= 0 ? 2 : 1;
    if (nicFd >= 0) {
      descriptor(1, nicFd);
    }
  }

  private static long one() {
    long address = Arena.global().allocate(Long.BYTES, Long.BYTES).address();
    Memory.putLong(address, 1);
    return address;
  }

  private void descriptor(int index, int fd) {
    long entry = descriptors + (long) index * POLLFD_LENGTH;
    Memory.putInt(entry, fd);
    Memory.putShort(entry + 4, Linux.POLLIN);
    Memory.putShort(entry + REVENTS, 0);
  }

  /** Says that the caller is about to block; it must look for work once more after this. */
  void announce() {
    state.getAndSet(SLEEPING);
  }

  /** Takes {@link #announce} back. */
  void awake() {
    state.getAndSet(AWAKE);
  }

  /**
   * Blocks; between {@link #announce} and {@link #awake}.
   *
   * @param nanos at most this long (rounded up to milliseconds)
   * @return whether something happened before the time was up
   */
  boolean park(long nanos) {
    int millis = nanos >= MAX_MILLIS * MILLI ? MAX_MILLIS : (int) ((nanos + MILLI - 1) / MILLI);
    int ready = Linux.poll(descriptors, count, millis);
    if (ready > 0 && Memory.getShort(descriptors + REVENTS) != 0) {
      Linux.read(eventFd, buffer, Long.BYTES);
    }
    return ready > 0;
  }

  /**
   * Ends a park, or lets the next look before one fail. Any thread.
   *
   * @return whether the loop was about to block or blocked
   */
  boolean wake() {
    if (state.getAndSet(AWAKE) != SLEEPING) {
      return false;
    }
    synchronized (this) {
      if (!closed) {
        Linux.write(eventFd, ONE, Long.BYTES);
      }
    }
    return true;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Linux.close(eventFd);
      arena.close();
    }
  }
}
