package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.testsupport.NetworkNamespace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Two namespaces and a veth pair: in {@code ours}, wires on {@code veth0} with the MAC address of
 * {@link dev.twinpath.testsupport.Packets#OUR_MAC}; in {@code peer} a kernel with 10.9.0.1.
 */
final class VethPair implements AutoCloseable {
  static final String DEVICE = "veth0";

  final NetworkNamespace ours = NetworkNamespace.create();
  final NetworkNamespace peer = NetworkNamespace.create();
  private final Arena arena = Arena.ofShared();
  private final List<XdpWire> wires = new ArrayList<>();

  /** Makes it, with the address that our kernel has. */
  VethPair(String kernelAddress) {
    ours.connect(DEVICE, kernelAddress + "/24", peer, DEVICE, "10.9.0.1/24");
    ours.exec("ip", "link", "set", DEVICE, "address", "02:00:00:00:00:02").check();
    peer.exec("ip", "link", "set", DEVICE, "address", "02:00:00:00:00:01").check();
  }

  /** The longest IP packet of both ends. */
  VethPair withMtu(int mtu) {
    ours.exec("ip", "link", "set", DEVICE, "mtu", Integer.toString(mtu)).check();
    peer.exec("ip", "link", "set", DEVICE, "mtu", Integer.toString(mtu)).check();
    return this;
  }

  /** So many queues at both ends, each way. */
  VethPair withQueues(int queues) {
    String count = Integer.toString(queues);
    ours.exec("ethtool", "-L", DEVICE, "rx", count, "tx", count).check();
    peer.exec("ethtool", "-L", DEVICE, "rx", count, "tx", count).check();
    return this;
  }

  /** Gives both kernels an IPv6 address, usable at once. */
  VethPair withIpv6(String kernelAddress) {
    for (NetworkNamespace namespace : List.of(ours, peer)) {
      namespace.exec("sysctl", "-qw", "net.ipv6.conf." + DEVICE + ".disable_ipv6=0").check();
    }
    ours.exec("ip", "address", "add", kernelAddress + "/64", "dev", DEVICE, "nodad").check();
    peer.exec("ip", "address", "add", "fd09::1/64", "dev", DEVICE, "nodad").check();
    return this;
  }

  XdpWire open(XdpConfig config, XdpSteering steering) {
    return open(ours, config, steering);
  }

  XdpWire openPeer(XdpConfig config, XdpSteering steering) {
    return open(peer, config, steering);
  }

  private XdpWire open(NetworkNamespace namespace, XdpConfig config, XdpSteering steering) {
    XdpWire wire = namespace.call(() -> XdpWire.open(DEVICE, config, steering));
    wires.add(wire);
    return wire;
  }

  /** Why a wire cannot be opened. */
  String refusal(XdpConfig config, XdpSteering steering) {
    return ours.call(
        () -> {
          try {
            wires.add(XdpWire.open(DEVICE, config, steering));
            return "";
          } catch (IOException e) {
            return e.getMessage();
          }
        });
  }

  /** A queue's user. */
  End end(XdpWire wire, int queue) {
    return new End(wire.queue(queue), arena.allocate(2L * End.BUFFER, 64).address());
  }

  @Override
  public void close() {
    wires.forEach(XdpWire::close);
    arena.close();
    ours.close();
    peer.close();
  }

  /** Sends and takes frames by a queue, without a NIC. */
  static final class End {
    private static final int BUFFER = 16 * 1024;
    private static final int ROUNDS = 200_000;

    final WireQueue queue;
    final Frame context = new Frame();
    private final Frame frame = new Frame();
    private final long out;
    private final long in;

    private End(WireQueue queue, long memory) {
      this.queue = queue;
      this.out = memory;
      this.in = memory + BUFFER;
    }

    /** Offers a frame, in one piece or in two; the kernel may not know of it yet. */
    int offer(byte[] bytes, int firstPiece) {
      Memory.copy(bytes, 0, out, bytes.length);
      frame.clear();
      frame.add(out, firstPiece);
      if (firstPiece < bytes.length) {
        frame.add(out + firstPiece, bytes.length - firstPiece);
      }
      return queue.transmit(frame);
    }

    int send(byte[] bytes, int firstPiece) {
      int status = offer(bytes, firstPiece);
      queue.service();
      return status;
    }

    int send(byte[] bytes) {
      return send(bytes, bytes.length);
    }

    /** The next frame, or nothing. */
    byte[] poll() {
      queue.service();
      int length = queue.receive(in, BUFFER, context);
      return length > 0 ? Memory.toArray(in, length) : null;
    }

    /** Whether a sleeper on the queue's descriptor is woken within a time. */
    boolean isWokenWithin(int millis) {
      Memory.putInt(out, queue.pollableFd());
      Memory.putShort(out + 4, Linux.POLLIN);
      return Linux.poll(out, 1, millis) != 0;
    }

    /** The next frame, waited for. */
    byte[] take() {
      for (int i = 0; i < ROUNDS; i++) {
        byte[] bytes = poll();
        if (bytes != null) {
          return bytes;
        }
      }
      throw new AssertionError("no frame came");
    }
  }
}
