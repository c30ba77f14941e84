package dev.twinpath.nic.linux;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * {@code epoll(7)}, for a descriptor that stands for several reasons to wake up. As in {@link
 * Linux}, errors come back as {@code -errno}.
 */
public final class Epoll {
  public static final int EPOLLIN = 1;
  public static final int EPOLLOUT = 4;

  public static final int CTL_ADD = 1;
  public static final int CTL_MOD = 3;

  /** At least the size of {@code struct epoll_event} on any machine. */
  public static final int EVENT_LENGTH = 16;

  private static final int EPOLL_CLOEXEC = Linux.O_CLOEXEC;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MethodHandle CREATE = Linux.bind("epoll_create1", -1, INT, INT);
  private static final MethodHandle CONTROL = Linux.bind("epoll_ctl", -1, INT, INT, INT, INT, LONG);

  private Epoll() {}

  /** {@code epoll_create1(2)}; returns a descriptor, which is itself readable on an event. */
  public static int create() {
    try {
      MemorySegment state = Linux.state();
      return (int) Linux.result((int) CREATE.invokeExact(state, EPOLL_CLOEXEC), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /**
   * {@code epoll_ctl(2)}.
   *
   * @param event {@link #EVENT_LENGTH} bytes that are overwritten
   */
  public static int control(int epoll, int operation, int fd, int events, long event) {
    Memory.putInt(event, events);
    try {
      MemorySegment state = Linux.state();
      int status = (int) CONTROL.invokeExact(state, epoll, operation, fd, event);
      return (int) Linux.result(status, state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }
}
