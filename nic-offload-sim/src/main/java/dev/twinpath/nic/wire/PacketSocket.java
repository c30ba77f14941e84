package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Opens one AF_PACKET socket and sets its options (packet(7)). Nothing arrives before {@link
 * #admit}: what came while the queues were joined together would come to several of them.
 */
final class PacketSocket {
  static final int SOL_PACKET = SocketCalls.SOL_PACKET;
  static final int PACKET_STATISTICS = 6;

  private static final int PACKET_ADD_MEMBERSHIP = 1;
  private static final int PACKET_AUXDATA = 8;
  private static final int PACKET_VNET_HDR = 15;
  private static final int PACKET_FANOUT = 18;
  private static final int PACKET_QDISC_BYPASS = 20;
  private static final int PACKET_IGNORE_OUTGOING = 23;
  private static final int PACKET_MR_PROMISC = 1;
  private static final int FANOUT_HASH = 0;
  private static final int FANOUT_FLAG_UNIQUE_ID = 0x2000;
  private static final int FANOUT_FLAG_IGNORE_OUTGOING = 0x4000;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SO_DETACH_FILTER = 27;

  /** ETH_P_ALL, 3, in network order on a little-endian machine. */
  private static final int ETH_P_ALL_BE = 0x0300;

  private static final int SOCKADDR_LENGTH = 20;

  /**
   * Bytes that the kernel may hold for a queue each way; it doubles them, because it counts its own
   * structures too. Room for some hundred frames of 64 KiB.
   */
  private static final int BUFFER_BYTES = 8 << 20;

  private final int fd;
  private final NetworkDevice device;

  private PacketSocket(int fd, NetworkDevice device) {
    this.fd = fd;
    this.device = device;
  }

  int fd() {
    return fd;
  }

  /**
   * Opens a socket that is bound to a device of the calling thread's network namespace and lets
   * nothing in yet.
   *
   * @param bypass whether frames skip the queueing discipline
   */
  static PacketSocket open(NetworkDevice device, boolean bypass) throws IOException {
    int fd = socket();
    if (fd < 0) {
      throw new IOException(refusal(fd));
    }
    PacketSocket socket = new PacketSocket(fd, device);
    try {
      socket.set("PACKET_VNET_HDR", PACKET_VNET_HDR, 1);
      socket.set("PACKET_AUXDATA", PACKET_AUXDATA, 1);
      socket.set("PACKET_QDISC_BYPASS", PACKET_QDISC_BYPASS, bypass ? 1 : 0);
      // Linux 4.20; without it the kernel's own frames come back to us, and cost time only.
      SocketCalls.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
      socket.enlarge(SocketCalls.SO_SNDBUFFORCE, SocketCalls.SO_SNDBUF);
      socket.enlarge(SocketCalls.SO_RCVBUFFORCE, SocketCalls.SO_RCVBUF);
      socket.filter(MacFilter.nothing());
      socket.bind();
      return socket;
    } catch (IOException | RuntimeException e) {
      Linux.close(fd);
      throw e;
    }
  }

  /** A socket to which nothing of any device comes before bind(2), because of protocol 0. */
  private static int socket() {
    int type = SocketCalls.SOCK_RAW | SocketCalls.SOCK_NONBLOCK | SocketCalls.SOCK_CLOEXEC;
    return SocketCalls.socket(SocketCalls.AF_PACKET, type, 0);
  }

  private static String refusal(int status) {
    return "cannot open an AF_PACKET socket: "
        + Errno.describe(-status)
        + (status == -Errno.EPERM ? "; it needs CAP_NET_RAW" : "");
  }

  /** Why this process cannot have such a socket: found out by opening one and closing it. */
  static Optional<String> unavailability() {
    int fd = socket();
    if (fd < 0) {
      return Optional.of(refusal(fd));
    }
    int status = SocketCalls.setOption(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
    Linux.close(fd);
    return status < 0
        ? Optional.of("packet sockets have no virtio-net header: " + Errno.describe(-status))
        : Optional.empty();
  }

  private void set(String what, int option, int value) throws IOException {
    check(what, SocketCalls.setOption(fd, SOL_PACKET, option, value));
  }

  private void check(String what, int status) throws IOException {
    if (status < 0) {
      throw new IOException(
          "the packet socket on "
              + device.name()
              + " refused "
              + what
              + ": "
              + Errno.describe(-status));
    }
  }

  /** Beyond the system's limit with CAP_NET_ADMIN, otherwise up to it. */
  private void enlarge(int force, int limited) {
    if (SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, force, BUFFER_BYTES) < 0) {
      SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, limited, BUFFER_BYTES);
    }
  }

  private void bind() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      // struct sockaddr_ll: family, protocol in network order, interface index, the rest zero.
      long address = arena.allocate(SOCKADDR_LENGTH, 8).address();
      Memory.putShort(address, SocketCalls.AF_PACKET);
      Memory.putShort(address + 2, ETH_P_ALL_BE);
      Memory.putInt(address + 4, device.index());
      check("to be bound", SocketCalls.bind(fd, address, SOCKADDR_LENGTH));
    }
  }

  /**
   * Joins a group of sockets, each of which gets some of the flows.
   *
   * <p>By a hash of addresses and ports that is the same for both directions, so that all of a flow
   * comes to one queue. Not PACKET_FANOUT_FLAG_ROLLOVER, which gives to another socket what a full
   * one cannot take: that queue's stack does not know the connection and would reset it, where a
   * drop costs one retransmission. Nor PACKET_FANOUT_FLAG_DEFRAG: a NIC does not reassemble.
   *
   * @param group -1 for a new group
   * @return the group's number
   */
  int joinFanout(int group) throws IOException {
    // Without the second flag (Linux 5.15) the group gets the kernel's outgoing frames too.
    int status = fanout(group, FANOUT_HASH | FANOUT_FLAG_IGNORE_OUTGOING);
    if (status == -Errno.EINVAL) {
      status = fanout(group, FANOUT_HASH);
    }
    check("PACKET_FANOUT", status);
    if (group >= 0) {
      return group;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(4, 4);
      check(
          "to tell its group",
          SocketCalls.getOption(fd, SOL_PACKET, PACKET_FANOUT, value.address(), 4));
      return Memory.getShort(value.address());
    }
  }

  private int fanout(int group, int mode) {
    int value = group < 0 ? (mode | FANOUT_FLAG_UNIQUE_ID) << 16 : mode << 16 | group;
    return SocketCalls.setOption(fd, SOL_PACKET, PACKET_FANOUT, value);
  }

  /** Frames for other MAC addresses than the device's come too, as long as the socket is open. */
  void promiscuous() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      // struct packet_mreq: interface index, type, address length, address.
      long request = arena.allocate(16, 8).address();
      Memory.putInt(request, device.index());
      Memory.putShort(request + 4, PACKET_MR_PROMISC);
      check(
          "promiscuous mode",
          SocketCalls.setOption(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16));
    }
  }

  /** Lets frames in: those for one MAC address and for groups, or with -1 all. */
  void admit(long macAddress) throws IOException {
    if (macAddress >= 0) {
      filter(MacFilter.forAddress(macAddress));
    } else {
      check(
          "to detach its filter",
          SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SO_DETACH_FILTER, 0));
    }
  }

  private void filter(long[] program) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long instructions = arena.allocate(8L * program.length, 8).address();
      for (int i = 0; i < program.length; i++) {
        Memory.putLong(instructions + 8L * i, program[i]);
      }
      // struct sock_fprog: how many instructions, and where.
      long filter = arena.allocate(16, 8).address();
      Memory.putShort(filter, program.length);
      Memory.putLong(filter + 8, instructions);
      check(
          "its filter",
          SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SO_ATTACH_FILTER, filter, 16));
    }
  }
}
