package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
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
  static final String CLONE_DEVICE = "/dev/net/tun";
  private static final int IFNAMSIZ = 16;
  private static final int UNLIMITED = 65535;
  private static final long ANY_MAC = -1;

  private final String name;
  private final int mtu;
  private final long macAddress;
  private final WireCapabilities capabilities;
  private final Arena arena = Arena.ofShared();
  private final TapQueue[] queues;
  private boolean closed;

  /**
   * Owns the descriptors, which are attached and configured.
   *
   * @param macAddress that the NIC must have, or -1 for any
   */
  TapWire(
      String name,
      int[] descriptors,
      boolean offloads,
      boolean udpSegmentation,
      int mtu,
      long macAddress) {
    this.name = name;
    this.mtu = mtu;
    this.macAddress = macAddress;
    this.capabilities =
        new WireCapabilities(
            offloads,
            offloads,
            offloads,
            udpSegmentation,
            offloads,
            TapQueue.MAX_FRAME,
            Frame.MAX_SEGMENTS);
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
    boolean udpSegmentation = offloads;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(TapDescriptor.IFREQ_LENGTH, 8);
      request.setString(0, name);
      while (opened < queues) {
        int fd = openQueue(request, queues > 1);
        descriptors[opened++] = fd;
        udpSegmentation &= configure(fd, request.getString(0), offloads);
      }
      TapWire wire =
          new TapWire(
              request.getString(0), descriptors, offloads, udpSegmentation, UNLIMITED, ANY_MAC);
      opened = 0;
      return wire;
    } finally {
      for (int i = 0; i < opened; i++) {
        Linux.close(descriptors[i]);
      }
    }
  }

  private static int openQueue(MemorySegment request, boolean multiQueue) throws IOException {
    int fd = Linux.open(CLONE_DEVICE, TapDescriptor.OPEN_FLAGS, 0);
    if (fd < 0) {
      throw new IOException("cannot open " + CLONE_DEVICE + ": " + Errno.describe(-fd));
    }
    int status = TapDescriptor.attach(fd, request.address(), multiQueue);
    if (status < 0) {
      Linux.close(fd);
      throw new IOException(
          failure("attach to or make", request.getString(0), status) + hint(-status));
    }
    return fd;
  }

  /** Returns whether UDP may cross uncut. */
  static boolean configure(int fd, String name, boolean offloads) throws IOException {
    int status = TapDescriptor.setHeaderLength(fd);
    if (status < 0) {
      throw new IOException(failure("set the header length of", name, status));
    }
    status = offloads ? TapDescriptor.setOffloads(fd) : TapDescriptor.setNoOffloads(fd);
    if (status < 0) {
      throw new IOException(failure("switch on the offloads of", name, status));
    }
    return status == 1;
  }

  private static String failure(String what, String name, int status) {
    return "cannot " + what + " the TAP device " + name + ": " + Errno.describe(-status);
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
  public int mtu() {
    return mtu;
  }

  @Override
  public long macAddress() {
    return macAddress;
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
