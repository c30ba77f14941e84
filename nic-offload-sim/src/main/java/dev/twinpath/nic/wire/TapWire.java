package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A TAP device: the other end of the wire is the kernel's own network stack.
 *
 * <p>A virtio-net header before each frame carries the offload context both ways, so that frames of
 * up to 64 KiB cross uncut and no checksum is computed by anybody. One {@code writev} gathers a
 * frame from where its pieces are; one {@code readv} puts one straight into the receive buffer.
 *
 * <p>The kernel runs the receiver's softirq inside our {@code writev}: that is part of this wire's
 * cost and counts as the simulated NIC's time.
 */
public final class TapWire implements Wire {
  private static final String CLONE_DEVICE = "/dev/net/tun";
  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final long TUNSETVNETHDRSZ = 0x400454d8L;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int TUN_F_CSUM = 0x01;
  private static final int TUN_F_TSO4 = 0x02;
  private static final int TUN_F_TSO6 = 0x04;
  private static final int IFNAMSIZ = 16;
  private static final int IFREQ_LENGTH = 40;
  private static final int MAX_FRAME = 65535 + 14;

  private final String name;
  private final WireCapabilities capabilities;
  private final Arena arena = Arena.ofShared();
  private final TapQueue[] queues;
  private boolean closed;

  private TapWire(String name, int[] descriptors, boolean offloads) {
    this.name = name;
    this.capabilities =
        new WireCapabilities(
            offloads, offloads, offloads, false, offloads, MAX_FRAME, Frame.MAX_SEGMENTS);
    this.queues = new TapQueue[descriptors.length];
    for (int i = 0; i < descriptors.length; i++) {
      queues[i] = new TapQueue(arena, descriptors[i]);
    }
  }

  /** Attaches to a TAP device or makes it, with all offloads. */
  public static TapWire open(String name, int queues) throws IOException {
    return open(name, queues, true);
  }

  /**
   * Attaches to the TAP device of that name in the calling thread's network namespace, or makes it;
   * a device made here goes away with the wire. It stays ours when somebody moves it into another
   * namespace.
   *
   * @param name at most 15 characters; {@code %d} in it lets the kernel choose a number
   * @param queues 1 to 256; an existing device must have been made with or without {@code
   *     multi_queue} accordingly
   * @param offloads whether uncut frames and partial checksums cross; without, the kernel cuts and
   *     sums what it sends, and verifies what it gets, as it would with a plain network card
   * @throws IOException when the device cannot be opened, with the reason
   */
  public static TapWire open(String name, int queues, boolean offloads) throws IOException {
    if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length >= IFNAMSIZ) {
      throw new IOException("a network device's name has 1 to 15 characters, not \"" + name + '"');
    }
    if (queues < 1 || queues > 256) {
      throw new IOException("a TAP device has 1 to 256 queues, not " + queues);
    }
    int[] descriptors = new int[queues];
    int opened = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_LENGTH, 8);
      request.setString(0, name);
      for (; opened < queues; opened++) {
        descriptors[opened] = openQueue(request, queues > 1, offloads);
      }
      TapWire wire = new TapWire(request.getString(0), descriptors, offloads);
      opened = 0;
      return wire;
    } finally {
      for (int i = 0; i < opened; i++) {
        Linux.close(descriptors[i]);
      }
    }
  }

  private static int openQueue(MemorySegment request, boolean multiQueue, boolean offloads)
      throws IOException {
    int fd = Linux.open(CLONE_DEVICE, Linux.O_RDWR | Linux.O_NONBLOCK | Linux.O_CLOEXEC, 0);
    if (fd < 0) {
      throw new IOException("cannot open " + CLONE_DEVICE + ": " + Errno.describe(-fd));
    }
    int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0);
    Memory.putShort(request.address() + IFNAMSIZ, flags);
    String failed = "attach to or make";
    int status = Linux.ioctl(fd, TUNSETIFF, request.address());
    if (status >= 0) {
      failed = "set the header length of";
      status = setHeaderLength(fd);
    }
    if (status >= 0) {
      failed = "switch on the offloads of";
      status = Linux.ioctl(fd, TUNSETOFFLOAD, offloads ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0);
    }
    if (status < 0) {
      Linux.close(fd);
      throw new IOException(
          "cannot "
              + failed
              + " the TAP device "
              + request.getString(0)
              + ": "
              + Errno.describe(-status)
              + hint(-status));
    }
    return fd;
  }

  private static int setHeaderLength(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocate(4, 4);
      Memory.putInt(length.address(), VirtioNetHeader.LENGTH);
      return Linux.ioctl(fd, TUNSETVNETHDRSZ, length.address());
    }
  }

  private static String hint(int errno) {
    switch (errno) {
      case Errno.EPERM:
        return "; it needs CAP_NET_ADMIN or a device made for this user (ip tuntap add ... user)";
      case Errno.EBUSY:
        return "; another process holds it";
      case Errno.EINVAL:
        return "; a device of that name exists and is no TAP with this many queues";
      default:
        return "";
    }
  }

  /** Whether the device was deleted, for example with its namespace: this wire is dead then. */
  public boolean isGone() {
    for (TapQueue queue : queues) {
      if (queue.isGone()) {
        return true;
      }
    }
    return false;
  }

  /** The device's name as the kernel knew it when it was opened. */
  public String name() {
    return name;
  }

  @Override
  public WireCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (TapQueue queue : queues) {
      queue.close();
    }
    arena.close();
  }
}
