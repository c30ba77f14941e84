package dev.twinpath.userstack.udp;

import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.ip.DatagramReceiver;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.NicFlows;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.StackException.Reason;
import java.util.SplittableRandom;

/**
 * A shard's UDP: its sockets, and which datagram is whose. One thread.
 *
 * <p>The NIC brings datagrams to the shards that have bound their port, and those of a pair of
 * addresses to the shard that has connected it. Of fragments it sees no ports, so they go where
 * their addresses' hash says: who wants long datagrams binds the port on every shard.
 */
public final class UdpStack implements DatagramReceiver {
  /** Sockets of one shard; each costs little, but all of them cost something. */
  private static final int MAX_SOCKETS = 16_384;

  final BlockPool receivePool;
  private final StackConfig config;
  private final StackCounters counters;
  private final DatagramOutput output;
  private final NicFlows flows;
  private final PortTable ports = new PortTable();
  private final SplittableRandom random;
  private UdpSocket blockedHead;
  private int sockets;

  /** Wires a shard's UDP. */
  public UdpStack(
      StackConfig config,
      StackCounters counters,
      DatagramOutput output,
      NicFlows flows,
      BlockPool receivePool,
      long randomSeed) {
    this.config = config;
    this.counters = counters;
    this.output = output;
    this.flows = flows;
    this.receivePool = receivePool;
    random = new SplittableRandom(randomSeed);
  }

  /**
   * A socket that is not bound.
   *
   * @throws StackException TOO_MANY_CONNECTIONS
   */
  public UdpSocket open(UdpHandler handler) {
    if (sockets == MAX_SOCKETS) {
      throw new StackException(Reason.TOO_MANY_CONNECTIONS, MAX_SOCKETS + " UDP sockets are open");
    }
    sockets++;
    return new UdpSocket(this, handler);
  }

  void bind(UdpSocket socket, IpAddress address, int port) {
    checkOpen(socket);
    if (socket.isBound()) {
      throw new StackException(Reason.ADDRESS_NOT_AVAILABLE, "the socket is bound already");
    }
    if (!address.isAny() && !output.isLocalOrBroadcast(address.high(), address.low())) {
      throw new StackException(Reason.ADDRESS_NOT_AVAILABLE, "not an address of this stack");
    }
    if (port != 0 && ports.conflicts(socket, address.high(), address.low(), port)) {
      throw new StackException(Reason.ADDRESS_IN_USE, "port " + port + " is in use");
    }
    socket.localHigh = address.high();
    socket.localLow = address.low();
    socket.localPort = port == 0 ? ephemeralPort(socket) : port;
    ports.add(socket);
    flows.addListener(socket.localAddress(), socket.localPort, 0);
  }

  /** RFC 6056: a random start, then the next one that no socket of any shard has. */
  private int ephemeralPort(UdpSocket socket) {
    int count = config.ephemeralHigh() - config.ephemeralLow() + 1;
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = config.ephemeralLow() + (start + i) % count;
      if (ports.first(port) == null && !flows.isListening(port)) {
        return port;
      }
    }
    socket.localHigh = 0;
    socket.localLow = 0;
    throw new StackException(Reason.ADDRESS_IN_USE, "no ephemeral port is free");
  }

  void connect(UdpSocket socket, IpAddress address, int port) {
    checkOpen(socket);
    if (port < 1 || port > 65535 || address.isAny()) {
      throw new StackException(Reason.ADDRESS_NOT_AVAILABLE, "not an address of a peer");
    }
    if (output.isBroadcast(address.high(), address.low()) && !socket.broadcast()) {
      throw new StackException(Reason.NOT_PERMITTED, "to a broadcast address, not permitted");
    }
    if (!output.hasRoute(address.high(), address.low())) {
      throw new StackException(Reason.NETWORK_UNREACHABLE, "no route");
    }
    disconnect(socket);
    if (!socket.isBound()) {
      bind(socket, IpAddress.ANY, 0);
    }
    if (socket.isBoundToAny()) {
      rebind(socket, output.source(address.high(), address.low()), true);
    }
    if (!join(socket, address, port)) {
      undoLocal(socket);
      throw new StackException(Reason.ADDRESS_IN_USE, "another shard has this pair of addresses");
    }
    socket.remoteHigh = address.high();
    socket.remoteLow = address.low();
    socket.remotePort = port;
  }

  /**
   * False when another shard has the pair of addresses; a NIC's table that is full does no harm.
   */
  private boolean join(UdpSocket s, IpAddress to, int port) {
    return flows.insert(s.localHigh, s.localLow, s.localPort, to.high(), to.low(), port, 0)
        || flows.isFull();
  }

  private void leave(UdpSocket s) {
    flows.remove(s.localHigh, s.localLow, s.localPort, s.remoteHigh, s.remoteLow, s.remotePort);
  }

  void disconnect(UdpSocket socket) {
    if (socket.isConnected()) {
      leave(socket);
      socket.remoteHigh = 0;
      socket.remoteLow = 0;
      socket.remotePort = 0;
      undoLocal(socket);
    }
  }

  private void undoLocal(UdpSocket socket) {
    if (socket.localChosen) {
      rebind(socket, IpAddress.ANY, false);
    }
  }

  /** Changes the local address of a socket and keeps its port. */
  private void rebind(UdpSocket socket, IpAddress address, boolean chosen) {
    release(socket);
    socket.localHigh = address.high();
    socket.localLow = address.low();
    socket.localChosen = chosen;
    ports.add(socket);
    flows.addListener(socket.localAddress(), socket.localPort, 0);
  }

  /** Takes a socket out of the tables. */
  private void release(UdpSocket socket) {
    if (!ports.isShared(socket)) {
      flows.removeListener(socket.localAddress(), socket.localPort);
    }
    ports.remove(socket);
  }

  void closed(UdpSocket socket) {
    if (socket.isConnected()) {
      leave(socket);
    }
    if (socket.isBound()) {
      release(socket);
    }
    sockets--;
  }

  private static void checkOpen(UdpSocket socket) {
    if (!socket.isOpen()) {
      throw new StackException(Reason.CLOSED, "the socket is closed");
    }
  }

  SendResult send(UdpSocket socket, long high, long low, int port, long address, int length) {
    checkOpen(socket);
    if (!socket.isBound()) {
      bind(socket, IpAddress.ANY, 0);
    }
    SendResult result = output.send(socket, high, low, port, address, length);
    if (result == SendResult.BLOCKED) {
      socket.blockedLength = length;
    }
    if (result == SendResult.BLOCKED && !socket.blocked) {
      counters.increment(StackCounter.UDP_SEND_BUFFER_FULL);
      socket.blocked = true;
      socket.nextBlocked = blockedHead;
      blockedHead = socket;
    }
    return result;
  }

  /** After completions: tells sockets that were blocked that there is room; returns how many. */
  public int tellWritable(long nowNanos) {
    output.time(nowNanos);
    if (blockedHead == null || !output.hasRoom()) {
      return 0;
    }
    UdpSocket list = blockedHead;
    blockedHead = null;
    int told = 0;
    while (list != null) {
      UdpSocket socket = list;
      list = socket.nextBlocked;
      socket.nextBlocked = null;
      if (socket.isOpen() && !output.hasRoom(socket)) {
        socket.nextBlocked = blockedHead;
        blockedHead = socket;
        continue;
      }
      socket.blocked = false;
      if (socket.isOpen()) {
        socket.handler().onWritable();
        told++;
      }
    }
    return told;
  }

  /** Sets the time that everything until the next call happens at. */
  public void time(long nowNanos) {
    output.time(nowNanos);
  }

  @Override
  public boolean onDatagram(
      long ip,
      long udp,
      int length,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      boolean unicast) {
    int port = UdpHeader.destinationPort(udp);
    int sourcePort = UdpHeader.sourcePort(udp);
    if (!unicast) {
      return spread(udp, length, sourceHigh, sourceLow, destinationHigh, destinationLow);
    }
    UdpSocket socket =
        ports.find(destinationHigh, destinationLow, port, sourceHigh, sourceLow, sourcePort);
    if (socket == null) {
      return false;
    }
    deliver(socket, udp, length, sourceHigh, sourceLow);
    return true;
  }

  /** A broadcast is for every socket of its port. */
  private boolean spread(
      long udp, int length, long fromHigh, long fromLow, long toHigh, long toLow) {
    int sourcePort = UdpHeader.sourcePort(udp);
    boolean any = false;
    UdpSocket next;
    for (UdpSocket s = ports.first(UdpHeader.destinationPort(udp)); s != null; s = next) {
      // A handler may close its socket.
      next = s.next;
      if (s.accepts(toHigh, toLow, fromHigh, fromLow, sourcePort)) {
        deliver(s, udp, length, fromHigh, fromLow);
        any = true;
      }
    }
    return any;
  }

  private void deliver(UdpSocket socket, long udp, int length, long high, long low) {
    long payload = udp + UdpHeader.LENGTH;
    int bytes = length - UdpHeader.LENGTH;
    int port = UdpHeader.sourcePort(udp);
    if (socket.queue.count() == 0 && socket.handler().onDatagram(high, low, port, payload, bytes)) {
      counters.increment(StackCounter.UDP_IN);
      return;
    }
    if (!socket.isOpen()) {
      return;
    }
    boolean first = socket.queue.count() == 0;
    if (!socket.queue.add(high, low, port, payload, bytes, socket.receiveBuffer())) {
      counters.increment(StackCounter.UDP_RECEIVE_BUFFER_FULL);
      counters.increment(StackCounter.UDP_IN_ERRORS);
      return;
    }
    counters.increment(StackCounter.UDP_IN);
    if (first) {
      socket.handler().onQueued();
    }
  }

  @Override
  public void onError(IcmpError error) {
    // RFC 5927, in spirit: only what quotes a datagram of an open socket counts. Only connected
    // sockets know whom they send to.
    long udp = error.transport();
    int localPort = UdpHeader.sourcePort(udp);
    int remotePort = UdpHeader.destinationPort(udp);
    UdpSocket socket =
        ports.find(
            error.sourceHigh(),
            error.sourceLow(),
            localPort,
            error.destinationHigh(),
            error.destinationLow(),
            remotePort);
    if (socket == null) {
      return;
    }
    if (error.kind() == IcmpError.Kind.TOO_BIG) {
      output.tooBig(error.destinationHigh(), error.destinationLow(), error.mtu());
    }
    if (socket.isConnected() && isHard(error.kind())) {
      socket.handler().onError(error.kind());
    }
  }

  /** What Linux calls a hard error; the rest may pass. */
  private static boolean isHard(IcmpError.Kind kind) {
    switch (kind) {
      case PORT_UNREACHABLE:
      case PROTOCOL_UNREACHABLE:
      case PROHIBITED:
      case PARAMETER_PROBLEM:
      case TOO_BIG:
        return true;
      default:
        return false;
    }
  }

  /** Open sockets. */
  public int size() {
    return sockets;
  }

  /** Closes every socket that has a port. */
  public void close() {
    ports.closeAll();
  }
}
