package dev.twinpath.userstack.goodput;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** A TCP socket of the kernel that never blocks, made on a thread inside its namespace. */
final class KernelSocket implements AutoCloseable {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_CONGESTION = 13;
  private static final int TCP_INFO = 11;
  private static final int SOCK_STREAM = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_LINGER = 13;
  private static final int ENOTCONN = 107;
  private static final int CHUNK = 1 << 20;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MethodHandle LISTEN = bind("listen", INT, INT);
  private static final MethodHandle ACCEPT = bind("accept4", INT, LONG, LONG, INT);
  private static final MethodHandle CONNECT = bind("connect", INT, LONG, INT);
  private static final MemorySegment ZEROS = Arena.global().allocate(CHUNK, 4096);

  private final int fd;

  private KernelSocket(int fd) {
    this.fd = fd;
  }

  private static MethodHandle bind(String name, ValueLayout... parameters) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, parameters));
  }

  private static KernelSocket create() {
    int type = SOCK_STREAM | SocketCalls.SOCK_NONBLOCK | SocketCalls.SOCK_CLOEXEC;
    return new KernelSocket(check("socket", SocketCalls.socket(SocketCalls.AF_INET, type, 0)));
  }

  /** A listening socket at every address. */
  static KernelSocket listening(int port) {
    KernelSocket socket = create();
    try (Arena arena = Arena.ofConfined()) {
      check("bind", SocketCalls.bind(socket.fd, address(arena, 0, port), 16));
      check("listen", (int) LISTEN.invokeExact(socket.fd, 16));
      return socket;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** Begins a connection with a congestion control of the kernel's. */
  static KernelSocket connecting(int address, int port, String congestion) {
    KernelSocket socket = create();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(congestion, StandardCharsets.US_ASCII);
      check(
          "TCP_CONGESTION " + congestion,
          SocketCalls.setOption(
              socket.fd, IPPROTO_TCP, TCP_CONGESTION, name.address(), congestion.length()));
      // Under way is no failure.
      int ignored = (int) CONNECT.invokeExact(socket.fd, address(arena, address, port), 16);
      return socket;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static long address(Arena arena, int address, int port) {
    long at = arena.allocate(16, 8).address();
    Memory.putShort(at, SocketCalls.AF_INET);
    Memory.putShortBE(at + 2, port);
    Memory.putIntBE(at + 4, address);
    return at;
  }

  /** The next connection, or null. */
  KernelSocket accept() {
    try {
      int type = SocketCalls.SOCK_NONBLOCK | SocketCalls.SOCK_CLOEXEC;
      int accepted = (int) ACCEPT.invokeExact(fd, 0L, 0L, type);
      return accepted < 0 ? null : new KernelSocket(accepted);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  /** Writes zeros until the socket takes no more. */
  void fill() {
    long sent;
    do {
      sent = SocketCalls.send(fd, ZEROS.address(), CHUNK, 0);
    } while (sent > 0);
    if (sent != -Errno.EAGAIN && sent != -ENOTCONN) {
      check("send", (int) sent);
    }
  }

  /** Throws away what came; returns how many bytes. */
  long drain() {
    long total = 0;
    long read;
    while ((read = SocketCalls.receive(fd, 0, CHUNK, SocketCalls.MSG_TRUNC)) > 0) {
      total += read;
    }
    return total;
  }

  /** Counts of struct tcp_info that tell how its losses were found. */
  String info() {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(512, 8).address();
      SocketCalls.getOption(fd, IPPROTO_TCP, TCP_INFO, at, 512);
      return "rtt "
          + Memory.getInt(at + 68) / 1000
          + " ms, cwnd "
          + Memory.getInt(at + 80)
          + ", retransmitted "
          + Memory.getInt(at + 100)
          + ", reordering "
          + Memory.getInt(at + 88)
          + ", segments out "
          + Memory.getInt(at + 136);
    }
  }

  private static int check(String call, int result) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + Errno.describe(-result));
    }
    return result;
  }

  /** By reset: what is under way is of no interest. */
  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment linger = arena.allocate(8, 4);
      linger.set(INT, 0, 1);
      SocketCalls.setOption(fd, SOL_SOCKET, SO_LINGER, linger.address(), 8);
    }
    Linux.close(fd);
  }
}
