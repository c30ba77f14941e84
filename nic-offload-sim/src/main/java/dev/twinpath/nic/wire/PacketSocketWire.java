package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.DeviceFeatures;
import dev.twinpath.nic.linux.KernelRelease;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.NetworkDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * An interface of the kernel, real or virtual, by AF_PACKET sockets: a NIC of our own beside the
 * kernel's on the same cable.
 *
 * <p>A virtio-net header before each frame (PACKET_VNET_HDR) carries the offload context both ways:
 * what goes out is cut and summed by the interface's hardware, or by the kernel for it; what comes
 * in may be joined already. The interface is promiscuous, because our NIC has a MAC address of its
 * own; the kernel ignores what goes to that address, but must not own our IP addresses.
 *
 * <p>Frames skip the queueing discipline (PACKET_QDISC_BYPASS) where the interface itself cuts TCP;
 * the kernel drops what it would have to cut in software on that way, so that another interface is
 * sent to through its queueing discipline. A socket or a driver without room holds the sender back;
 * a driver that stays full for {@value PacketSocketQueue#PATIENCE_NANOS} ns, or has no carrier,
 * loses the frame. What arrives faster than it is taken is lost and counted: {@link
 * WireQueue#receiveOverruns()}.
 *
 * <p>With several queues, each flow comes to one of them by the kernel's hash over its addresses
 * and ports, the same for both directions; frames that are not IP come to one of them too.
 *
 * <p>An interface that goes down loses what is sent, and works again when it comes up; one that was
 * deleted loses everything. Neither wakes a sleeper more than once.
 */
public final class PacketSocketWire implements Wire {
  private final String name;
  private final NetworkDevice device;
  private final WireCapabilities capabilities;
  private final Arena arena = Arena.ofShared();
  private final PacketSocketQueue[] queues;
  private boolean closed;

  private PacketSocketWire(
      NetworkDevice device, int[] descriptors, boolean udpSegmentation, NanoClock clock)
      throws IOException {
    this.name = device.name();
    this.device = device;
    this.capabilities =
        new WireCapabilities(
            true,
            true,
            true,
            udpSegmentation,
            true,
            PacketSocketQueue.MAX_FRAME,
            Frame.MAX_SEGMENTS);
    this.queues = new PacketSocketQueue[descriptors.length];
    try {
      for (int i = 0; i < descriptors.length; i++) {
        queues[i] = new PacketSocketQueue(arena, descriptors[i], name, clock);
        descriptors[i] = -1;
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Why this process cannot have such a wire on any interface: found out by opening a socket that
   * is bound to none.
   */
  public static Optional<String> unavailability() {
    return PacketSocket.unavailability();
  }

  /** Opens an interface for frames to any MAC address. */
  public static PacketSocketWire open(String name, int queues) throws IOException {
    return open(name, queues, -1);
  }

  /**
   * Opens an interface of the calling thread's network namespace.
   *
   * @param queues 1 to 256
   * @param macAddress what comes in must go to this address or to a group; -1 for everything
   * @throws IOException when it cannot be used, with the reason
   */
  public static PacketSocketWire open(String name, int queues, long macAddress) throws IOException {
    return open(name, queues, macAddress, NanoClock.SYSTEM);
  }

  static PacketSocketWire open(String name, int queues, long macAddress, NanoClock clock)
      throws IOException {
    if (queues < 1 || queues > 256) {
      throw new IOException("a packet wire has 1 to 256 queues, not " + queues);
    }
    NetworkDevice device = NetworkDevice.find(name);
    if (!device.ethernet()) {
      throw new IOException(name + " is not an Ethernet interface");
    }
    if (!device.up()) {
      throw new IOException(name + " is down; try: ip link set " + name + " up");
    }
    Set<String> features = DeviceFeatures.active(name);
    boolean bypass =
        features.contains(DeviceFeatures.TSO4) && features.contains(DeviceFeatures.TSO6);
    // VIRTIO_NET_HDR_GSO_UDP_L4 is in packet sockets since Linux 6.2.
    boolean udpSegmentation =
        KernelRelease.isAtLeast(6, 2) && (!bypass || features.contains(DeviceFeatures.USO));
    int[] descriptors = new int[queues];
    Arrays.fill(descriptors, -1);
    try {
      openQueues(device, descriptors, bypass, macAddress);
      return new PacketSocketWire(device, descriptors, udpSegmentation, clock);
    } finally {
      for (int fd : descriptors) {
        if (fd >= 0) {
          Linux.close(fd);
        }
      }
    }
  }

  private static void openQueues(
      NetworkDevice device, int[] descriptors, boolean bypass, long macAddress) throws IOException {
    PacketSocket[] sockets = new PacketSocket[descriptors.length];
    int group = -1;
    for (int i = 0; i < sockets.length; i++) {
      sockets[i] = PacketSocket.open(device, bypass);
      descriptors[i] = sockets[i].fd();
      if (sockets.length > 1) {
        group = sockets[i].joinFanout(group);
      }
    }
    for (PacketSocket socket : sockets) {
      socket.promiscuous();
      socket.admit(macAddress);
    }
  }

  /** The interface's name. */
  public String name() {
    return name;
  }

  /** The interface's own MAC address, which the kernel answers to. */
  public long deviceMacAddress() {
    return device.macAddress();
  }

  /** The interface's MTU when the wire was opened: longer packets must be cut before they leave. */
  @Override
  public int mtu() {
    return device.mtu();
  }

  /** Frames that the interface's driver did not take, of all queues. */
  public long driverDrops() {
    long drops = 0;
    for (PacketSocketQueue queue : queues) {
      drops += queue.driverDrops();
    }
    return drops;
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
    for (PacketSocketQueue queue : queues) {
      if (queue != null) {
        queue.close();
      }
    }
    arena.close();
  }
}
