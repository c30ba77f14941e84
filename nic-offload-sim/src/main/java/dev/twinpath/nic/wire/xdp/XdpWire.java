package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.io.IOException;
import java.util.Optional;

/**
 * AF_XDP: frames of a network interface, taken from its driver and put back into it by rings in
 * shared memory. An XDP program steers the stack's frames here; all others go on to the kernel.
 *
 * <p>Frames cross whole and with their checksums: AF_XDP has no segmentation, and the NIC does
 * both. The interface has as many receive queues as the wire, or the frames of the others would
 * never come. The stack's MAC is the interface's own ({@link #macAddress}), so that no device needs
 * to be promiscuous.
 *
 * <p>On a veth pair the peer's kernel leaves checksums unfinished and AF_XDP drops the mark that
 * says so; this wire recognises them ({@link #unfinishedChecksums}). Native XDP switches off the
 * peer's segmentation by itself; generic XDP does not, and needs {@code ethtool -K PEER tso off gso
 * off}. A VLAN tag that the driver takes out of the frame is invisible to XDP: {@code ethtool -K
 * IFACE rxvlan off}, or {@code txvlan off} on a veth peer, keeps it in.
 */
public final class XdpWire implements Wire {
  /** A socket buffer takes 17 pieces (MAX_SKB_FRAGS) on any machine with pages of 4 KiB. */
  private static final int MAX_CHUNKS = 16;

  private final NetworkDevice device;
  private final XdpProgram program;
  private final XdpQueue[] queues;
  private final WireCapabilities capabilities;
  private boolean closed;

  private XdpWire(
      NetworkDevice device, XdpProgram program, XdpQueue[] queues, WireCapabilities capabilities) {
    this.device = device;
    this.program = program;
    this.queues = queues;
    this.capabilities = capabilities;
  }

  /**
   * Why this process cannot have such a wire on any interface: found out by making a socket with
   * its memory and rings, and by loading a program. Nothing is bound or attached, and nothing stays
   * behind.
   */
  public static Optional<String> unavailability() {
    try {
      XdpSocket.tryOut(XdpConfig.defaults(1));
      XdpProgram.load(XdpSteering.everything(), 1).close();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    }
  }

  /**
   * Takes an interface of the calling thread's network namespace.
   *
   * @throws IOException when it cannot be had, with the reason and what to do; nothing stays behind
   */
  public static XdpWire open(String interfaceName, XdpConfig config, XdpSteering steering)
      throws IOException {
    NetworkDevice device = NetworkDevice.find(interfaceName);
    if (!device.up()) {
      throw new IOException(interfaceName + " is down; try: ip link set " + interfaceName + " up");
    }
    checkQueues(device, config.queues());
    XdpProgram program = XdpProgram.load(steering, config.queues());
    XdpSocket[] sockets = new XdpSocket[config.queues()];
    try {
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = XdpSocket.open(device, i, config, program.hasFragments());
      }
      int maxFrameBytes = maxFrameBytes(device, sockets[0]);
      XdpQueue[] queues = new XdpQueue[sockets.length];
      for (int i = 0; i < queues.length; i++) {
        queues[i] = new XdpQueue(sockets[i], config, maxFrameBytes, isVirtualPair(device));
        program.bind(i, sockets[i].fd());
      }
      program.attach(device, config.attachment());
      return new XdpWire(device, program, queues, WireCapabilities.plain(maxFrameBytes));
    } catch (IOException e) {
      close(program, sockets);
      throw e;
    }
  }

  private static void checkQueues(NetworkDevice device, int queues) throws IOException {
    int there = device.receiveQueues();
    if (there != 0 && there != queues) {
      throw new IOException(
          device.name()
              + " has "
              + there
              + " receive queues and this wire "
              + queues
              + "; they must be as many: use "
              + there
              + " event loops, or ethtool -L "
              + device.name()
              + " (combined or rx) "
              + queues);
    }
  }

  private static boolean isVirtualPair(NetworkDevice device) {
    return device.driver().equals("veth");
  }

  private static int maxFrameBytes(NetworkDevice device, XdpSocket socket) throws IOException {
    int wanted = device.mtu() + EthernetHeader.LENGTH;
    if (socket.isScatterGather()) {
      return Math.min(wanted, MAX_CHUNKS * socket.receiveBytes());
    }
    if (wanted > socket.receiveBytes()) {
      throw new IOException(
          "this kernel's AF_XDP takes frames of "
              + socket.receiveBytes()
              + " bytes at most, and "
              + device.name()
              + " has an MTU of "
              + device.mtu()
              + "; Linux 6.6 or newer takes more, or: ip link set "
              + device.name()
              + " mtu "
              + (socket.receiveBytes() - EthernetHeader.LENGTH));
    }
    return wanted;
  }

  /** The interface as it was when the wire was opened. */
  public NetworkDevice device() {
    return device;
  }

  /** The interface's MAC address: its hardware may take frames to no other. */
  @Override
  public long macAddress() {
    return device.macAddress();
  }

  @Override
  public int mtu() {
    return capabilities.maxFrameBytes() - EthernetHeader.LENGTH;
  }

  /** Whether the XDP program runs in the driver, rather than in the kernel's generic hook. */
  public boolean isNative() {
    return program.isAttachedNatively();
  }

  /** Whether the device itself reads and writes UMEM, on every queue. */
  public boolean isZeroCopy() {
    for (XdpQueue queue : queues) {
      if (!queue.socket().isZeroCopy()) {
        return false;
      }
    }
    return true;
  }

  /** Whether a frame may lie in several chunks: jumbo frames. */
  public boolean isMultiBuffer() {
    return queues[0].socket().isScatterGather();
  }

  /** A line for a person: how frames come and go, and why no better. */
  public String mode() {
    String refusal = program.nativeRefusal();
    return (isNative() ? "native XDP" : "generic XDP")
        + (refusal.isEmpty() ? "" : " (the driver refused: " + refusal + ")")
        + (isZeroCopy() ? ", zero-copy" : ", copied by the kernel")
        + (isMultiBuffer() ? ", frames up to " : ", single-buffer frames up to ")
        + capabilities.maxFrameBytes()
        + " bytes";
  }

  /** How many frames the XDP program gave this verdict since the wire was opened. */
  public long verdicts(SteeringVerdict verdict) {
    return program.count(verdict);
  }

  /** What the kernel counts of the sockets, all queues together. */
  public XdpStatistics statistics() {
    XdpStatistics sum = queues[0].socket().statistics();
    for (int i = 1; i < queues.length; i++) {
      sum = sum.plus(queues[i].socket().statistics());
    }
    return sum;
  }

  /** System calls that told the kernel of frames or chunks. */
  public long wakeUps() {
    long sum = 0;
    for (XdpQueue queue : queues) {
      sum += queue.counters().wakeUps;
    }
    return sum;
  }

  /** Of them, those after which it had sent nothing: no room, no memory, or the device is down. */
  public long refusedWakeUps() {
    long sum = 0;
    for (XdpQueue queue : queues) {
      sum += queue.counters().refusedWakeUps;
    }
    return sum;
  }

  /** Frames that the device took and dropped. */
  public long transmitDropped() {
    long sum = 0;
    for (XdpQueue queue : queues) {
      sum += queue.counters().transmitDropped;
    }
    return sum;
  }

  /**
   * Frames whose transport checksum the peer's kernel had left unfinished, and which count good.
   */
  public long unfinishedChecksums() {
    long sum = 0;
    for (XdpQueue queue : queues) {
      sum += queue.counters().unfinishedChecksums;
    }
    return sum;
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

  /** Detaches the program, so that the kernel has the interface for itself again. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    program.close();
    for (XdpQueue queue : queues) {
      queue.close();
    }
  }

  private static void close(XdpProgram program, XdpSocket[] sockets) {
    program.close();
    for (XdpSocket socket : sockets) {
      if (socket != null) {
        socket.close();
      }
    }
  }
}
