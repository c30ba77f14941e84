package dev.twinpath.nic.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The socket calls, for families that Java does not know: AF_PACKET and AF_XDP.
 *
 * <p>As in {@link Linux}: a call returns what the C library's function returns, or {@code -errno};
 * addresses are absolute; safe from any thread.
 */
public final class SocketCalls {
  public static final int AF_INET = 2;
  public static final int AF_PACKET = 17;
  public static final int AF_XDP = 44;

  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_NONBLOCK = Linux.O_NONBLOCK;
  public static final int SOCK_CLOEXEC = Linux.O_CLOEXEC;

  public static final int SOL_SOCKET = 1;
  public static final int SOL_PACKET = 263;
  public static final int SOL_XDP = 283;

  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;

  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle SOCKET = Linux.bind("socket", -1, INT, INT, INT, INT);
  private static final MethodHandle BIND = Linux.bind("bind", -1, INT, INT, LONG, INT);
  private static final MethodHandle SETSOCKOPT =
      Linux.bind("setsockopt", -1, INT, INT, INT, INT, LONG, INT);
  private static final MethodHandle GETSOCKOPT =
      Linux.bind("getsockopt", -1, INT, INT, INT, INT, LONG, LONG);
  private static final MethodHandle SENDTO =
      Linux.bind("sendto", -1, LONG, INT, LONG, LONG, INT, LONG, INT);
  private static final MethodHandle RECVFROM =
      Linux.bind("recvfrom", -1, LONG, INT, LONG, LONG, INT, LONG, LONG);
  private static final MethodHandle SENDMSG = Linux.bind("sendmsg", -1, LONG, INT, LONG, INT);
  private static final MethodHandle RECVMSG = Linux.bind("recvmsg", -1, LONG, INT, LONG, INT);

  private SocketCalls() {}

  /** {@code socket(2)}; returns a descriptor. */
  public static int socket(int family, int type, int protocol) {
    try {
      MemorySegment state = Linux.state();
      return (int) Linux.result((int) SOCKET.invokeExact(state, family, type, protocol), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code bind(2)} to the socket address at {@code address}. */
  public static int bind(int fd, long address, int length) {
    try {
      MemorySegment state = Linux.state();
      return (int) Linux.result((int) BIND.invokeExact(state, fd, address, length), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code setsockopt(2)} with the value at {@code value}. */
  public static int setOption(int fd, int level, int option, long value, int length) {
    try {
      MemorySegment state = Linux.state();
      int status = (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length);
      return (int) Linux.result(status, state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code setsockopt(2)} with an {@code int}. */
  public static int setOption(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4, 4);
      memory.set(INT, 0, value);
      return setOption(fd, level, option, memory.address(), 4);
    }
  }

  /**
   * {@code getsockopt(2)} into {@code length} bytes at {@code value}.
   *
   * @return how many bytes the kernel wrote, or {@code -errno}
   */
  public static int getOption(int fd, int level, int option, long value, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Linux.state();
      MemorySegment size = arena.allocate(4, 4);
      size.set(INT, 0, length);
      long sizeAddress = size.address();
      int status = (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, sizeAddress);
      return status < 0 ? (int) Linux.result(status, state) : size.get(INT, 0);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code sendto(2)} without an address; returns bytes sent. */
  public static long send(int fd, long address, long length, int flags) {
    try {
      MemorySegment state = Linux.state();
      long to = 0;
      int toLength = 0;
      long sent = (long) SENDTO.invokeExact(state, fd, address, length, flags, to, toLength);
      return Linux.result(sent, state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code recvfrom(2)} without an address; returns bytes received. */
  public static long receive(int fd, long address, long length, int flags) {
    try {
      MemorySegment state = Linux.state();
      long from = 0;
      long fromLength = 0;
      long read = (long) RECVFROM.invokeExact(state, fd, address, length, flags, from, fromLength);
      return Linux.result(read, state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code sendmsg(2)} of the {@code struct msghdr} at {@code message}; returns bytes sent. */
  public static long sendMessage(int fd, long message, int flags) {
    try {
      MemorySegment state = Linux.state();
      return Linux.result((long) SENDMSG.invokeExact(state, fd, message, flags), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** {@code recvmsg(2)} into the {@code struct msghdr} at {@code message}; returns bytes read. */
  public static long receiveMessage(int fd, long message, int flags) {
    try {
      MemorySegment state = Linux.state();
      return Linux.result((long) RECVMSG.invokeExact(state, fd, message, flags), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }
}
