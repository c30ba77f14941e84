package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * An AF_XDP socket of one queue of a device, with its UMEM and its four rings (linux/if_xdp.h,
 * Documentation/networking/af_xdp.rst).
 *
 * <p>The UMEM's first chunks are for frames to come, the others for frames to send.
 */
final class XdpSocket implements AutoCloseable {
  private static final int OPTION_MMAP_OFFSETS = 1;
  private static final int OPTION_RX_RING = 2;
  private static final int OPTION_TX_RING = 3;
  private static final int OPTION_UMEM = 4;
  private static final int OPTION_FILL_RING = 5;
  private static final int OPTION_COMPLETION_RING = 6;
  private static final int OPTION_STATISTICS = 7;
  private static final int OPTION_OPTIONS = 8;

  private static final long PAGE_OFFSET_RX = 0;
  private static final long PAGE_OFFSET_TX = 0x80000000L;
  private static final long PAGE_OFFSET_FILL = 0x100000000L;
  private static final long PAGE_OFFSET_COMPLETION = 0x180000000L;

  /** Flags of {@code bind}. */
  private static final int USE_NEED_WAKEUP = 1 << 3;

  private static final int USE_SCATTER_GATHER = 1 << 4;

  private static final int OPTION_FLAG_ZERO_COPY = 1;
  private static final int UMEM_LENGTH = 32;
  private static final int ADDRESS_LENGTH = 16;

  /** What the kernel keeps free at the front of a chunk that it writes a frame to. */
  private static final int RECEIVE_HEADROOM = 256;

  private final NetworkDevice device;
  private final int queue;
  private final XdpConfig config;
  private int fd = -1;
  private long umem;
  private XdpRing receive;
  private XdpRing transmit;
  private XdpRing fill;
  private XdpRing completion;
  private boolean zeroCopy;
  private boolean scatterGather;
  private XdpStatistics last = XdpStatistics.NONE;

  private XdpSocket(NetworkDevice device, int queue, XdpConfig config) {
    this.device = device;
    this.queue = queue;
    this.config = config;
  }

  /**
   * Opens and binds a socket; the device's network namespace is the calling thread's.
   *
   * @param scatterGather whether frames may lie in several chunks, if the kernel can
   * @throws IOException with the reason and what to do
   */
  static XdpSocket open(NetworkDevice device, int queue, XdpConfig config, boolean scatterGather)
      throws IOException {
    XdpSocket socket = new XdpSocket(device, queue, config);
    try (Arena arena = Arena.ofConfined()) {
      socket.makeSocket();
      socket.registerMemory(arena);
      socket.makeRings(arena);
      socket.bind(arena, scatterGather);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Makes a socket with its memory and rings, and closes it again.
   *
   * @throws IOException with the reason why this process cannot have one
   */
  static void tryOut(XdpConfig config) throws IOException {
    try (XdpSocket socket = new XdpSocket(null, 0, config);
        Arena arena = Arena.ofConfined()) {
      socket.makeSocket();
      socket.registerMemory(arena);
      socket.makeRings(arena);
    }
  }

  private void makeSocket() throws IOException {
    fd = SocketCalls.socket(SocketCalls.AF_XDP, SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC, 0);
    if (fd == -Errno.EAFNOSUPPORT) {
      throw new IOException("this kernel has no AF_XDP sockets (CONFIG_XDP_SOCKETS)");
    }
    if (fd == -Errno.EPERM) {
      throw new IOException("an AF_XDP socket needs CAP_NET_RAW, or root");
    }
    check(fd, "open an AF_XDP socket");
    // Best effort: on a device that completes later, more frames may be under way at once.
    SocketCalls.setOption(
        fd,
        SocketCalls.SOL_SOCKET,
        SocketCalls.SO_SNDBUFFORCE,
        2 * config.transmitChunks() * config.chunkBytes());
  }

  private void registerMemory(Arena arena) throws IOException {
    long length = memoryLength();
    long address =
        Linux.mmap(
            length,
            Linux.PROT_READ | Linux.PROT_WRITE,
            Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS,
            -1,
            0);
    check(address, "get " + length + " bytes of memory");
    umem = address;
    long registration = arena.allocate(UMEM_LENGTH, 8).address();
    Memory.putLong(registration, umem);
    Memory.putLong(registration + 8, length);
    Memory.putInt(registration + 16, config.chunkBytes());
    int status =
        SocketCalls.setOption(fd, SocketCalls.SOL_XDP, OPTION_UMEM, registration, UMEM_LENGTH);
    if (status == -Errno.ENOBUFS) {
      throw new IOException(
          "this process may not lock "
              + (length >> 10)
              + " KiB of memory; raise the limit (ulimit -l, LimitMEMLOCK=) or give it"
              + " CAP_IPC_LOCK");
    }
    check(status, "register memory with an AF_XDP socket");
  }

  private void makeRings(Arena arena) throws IOException {
    size(OPTION_FILL_RING, config.receiveChunks());
    size(OPTION_COMPLETION_RING, config.transmitChunks());
    size(OPTION_RX_RING, config.receiveChunks());
    size(OPTION_TX_RING, config.transmitChunks());
    long offsets = arena.allocate(4L * XdpRing.OFFSETS_LENGTH, 8).address();
    int length =
        SocketCalls.getOption(
            fd, SocketCalls.SOL_XDP, OPTION_MMAP_OFFSETS, offsets, 4 * XdpRing.OFFSETS_LENGTH);
    check(length, "ask for the rings of an AF_XDP socket");
    if (length != 4 * XdpRing.OFFSETS_LENGTH) {
      throw new IOException("this kernel's AF_XDP rings have no flags; Linux 5.4 or newer has");
    }
    receive = map(PAGE_OFFSET_RX, offsets, 0, config.receiveChunks());
    transmit = map(PAGE_OFFSET_TX, offsets, 1, config.transmitChunks());
    fill = map(PAGE_OFFSET_FILL, offsets, 2, config.receiveChunks());
    completion = map(PAGE_OFFSET_COMPLETION, offsets, 3, config.transmitChunks());
  }

  private void size(int option, int entries) throws IOException {
    check(
        SocketCalls.setOption(fd, SocketCalls.SOL_XDP, option, entries),
        "make a ring of " + entries + " entries");
  }

  private XdpRing map(long pageOffset, long offsets, int index, int size) throws IOException {
    int entry = index < 2 ? XdpRing.DESCRIPTOR_LENGTH : XdpRing.ADDRESS_LENGTH;
    return XdpRing.map(
        fd, pageOffset, offsets + (long) index * XdpRing.OFFSETS_LENGTH, size, entry);
  }

  private void bind(Arena arena, boolean wantScatterGather) throws IOException {
    scatterGather = wantScatterGather;
    int status = bind(arena, wantScatterGather ? USE_SCATTER_GATHER : 0);
    if (status == -Errno.EINVAL && wantScatterGather) {
      // Before Linux 6.6 a frame lies in one chunk.
      scatterGather = false;
      status = bind(arena, 0);
    }
    if (status < 0) {
      throw new IOException(
          "cannot bind an AF_XDP socket to queue "
              + queue
              + " of "
              + device.name()
              + ": "
              + Errno.describe(-status)
              + hint(-status));
    }
    long options = arena.allocate(8, 8).address();
    SocketCalls.getOption(fd, SocketCalls.SOL_XDP, OPTION_OPTIONS, options, 4);
    zeroCopy = (Memory.getInt(options) & OPTION_FLAG_ZERO_COPY) != 0;
  }

  private int bind(Arena arena, int flags) {
    long address = arena.allocate(ADDRESS_LENGTH, 8).address();
    Memory.putShort(address, SocketCalls.AF_XDP);
    // Neither copy nor zero-copy demanded: the kernel takes zero-copy where the driver can.
    Memory.putShort(address + 2, USE_NEED_WAKEUP | flags);
    Memory.putInt(address + 4, device.index());
    Memory.putInt(address + 8, queue);
    return SocketCalls.bind(fd, address, ADDRESS_LENGTH);
  }

  private static String hint(int errno) {
    switch (errno) {
      case Errno.EBUSY:
        return "; another AF_XDP socket holds that queue";
      case Errno.EINVAL:
        return "; it has no such queue (ethtool -l tells, ethtool -L changes how many)";
      default:
        return "";
    }
  }

  private static void check(long status, String what) throws IOException {
    if (status < 0) {
      throw new IOException("cannot " + what + ": " + Errno.describe(-status));
    }
  }

  private long memoryLength() {
    return (long) (config.receiveChunks() + config.transmitChunks()) * config.chunkBytes();
  }

  int fd() {
    return fd;
  }

  /** Where the UMEM begins; addresses in the rings count from here. */
  long memory() {
    return umem;
  }

  XdpRing receive() {
    return receive;
  }

  XdpRing transmit() {
    return transmit;
  }

  XdpRing fill() {
    return fill;
  }

  XdpRing completion() {
    return completion;
  }

  /** Whether the device itself reads and writes the UMEM. */
  boolean isZeroCopy() {
    return zeroCopy;
  }

  /** Whether a frame may lie in several chunks. */
  boolean isScatterGather() {
    return scatterGather;
  }

  /** Bytes of a frame that one chunk takes when the kernel writes it. */
  int receiveBytes() {
    return config.chunkBytes() - RECEIVE_HEADROOM;
  }

  /** What the kernel counts of this socket, or counted when it was closed. From any thread. */
  synchronized XdpStatistics statistics() {
    if (fd < 0) {
      return last;
    }
    try (Arena arena = Arena.ofConfined()) {
      long values = arena.allocate(XdpStatistics.LENGTH, 8).address();
      SocketCalls.getOption(
          fd, SocketCalls.SOL_XDP, OPTION_STATISTICS, values, XdpStatistics.LENGTH);
      return XdpStatistics.read(values);
    }
  }

  @Override
  public synchronized void close() {
    last = statistics();
    for (XdpRing ring : new XdpRing[] {receive, transmit, fill, completion}) {
      if (ring != null) {
        ring.unmap();
      }
    }
    if (fd >= 0) {
      Linux.close(fd);
      fd = -1;
    }
    if (umem != 0) {
      Linux.munmap(umem, memoryLength());
    }
  }
}
