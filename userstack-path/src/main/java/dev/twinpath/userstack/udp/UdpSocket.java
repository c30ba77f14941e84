package dev.twinpath.userstack.udp;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackException;

/**
 * A UDP socket of one shard, as {@code socket(2)} and {@code udp(7)} have it. All methods on the
 * shard's thread.
 *
 * <p>Receiving: the handler is offered each datagram; what it does not take waits in a queue that
 * {@link #receiveBuffer} bounds. What finds no room is dropped and counted.
 *
 * <p>Sending: the payload is copied once, into memory that the NIC reads; checksums are the NIC's.
 * A datagram that is longer than the path's MTU goes out in fragments, which RFC 8085 section 3.2
 * advises against, or is refused, with {@link #dontFragment}.
 */
public final class UdpSocket {
  /** Linux's net.core.rmem_default and wmem_default. */
  public static final int DEFAULT_BUFFER = 212_992;

  private static final int DEFAULT_TIME_TO_LIVE = 64;

  /** RFC 1112 section 6.1: a group's datagrams stay on the link unless more is asked for. */
  private static final int DEFAULT_MULTICAST_TIME_TO_LIVE = 1;

  long localHigh;
  long localLow;
  int localPort;
  long remoteHigh;
  long remoteLow;
  int remotePort;

  /** Whether the local address was chosen by connect, which disconnect undoes. */
  boolean localChosen;

  UdpSocket next;
  boolean blocked;

  /** Length of the datagram that found no room. */
  int blockedLength;

  UdpSocket nextBlocked;
  final ReceiveQueue queue;
  final SentBytes sent = new SentBytes();
  private final UdpStack stack;
  private UdpHandler handler;
  private boolean open = true;
  private boolean reuseAddress;
  private boolean broadcast;
  private boolean dontFragment;
  private int receiveBuffer = DEFAULT_BUFFER;
  private int sendBuffer = DEFAULT_BUFFER;
  private int trafficClass;
  private int timeToLive = DEFAULT_TIME_TO_LIVE;
  private int multicastTimeToLive = DEFAULT_MULTICAST_TIME_TO_LIVE;

  UdpSocket(UdpStack stack, UdpHandler handler) {
    this.stack = stack;
    this.handler = handler;
    queue = new ReceiveQueue(stack.receivePool);
  }

  /** The handler. */
  UdpHandler handler() {
    return handler;
  }

  /** Replaces the handler. */
  public void handler(UdpHandler replacement) {
    handler = replacement;
  }

  /**
   * Takes a local address and port.
   *
   * @param address of this stack or one of its broadcast addresses; {@link IpAddress#ANY} = all, of
   *     both IP versions
   * @param port 0 = an ephemeral one
   * @throws StackException ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, CLOSED
   */
  public void bind(IpAddress address, int port) {
    stack.bind(this, address, port);
  }

  /**
   * From now on the socket sends to one peer and hears of that one only, ICMP errors included. A
   * socket that is not bound gets an ephemeral port. Connecting again changes the peer.
   *
   * @throws StackException ADDRESS_IN_USE, NETWORK_UNREACHABLE, TOO_MANY_CONNECTIONS, CLOSED
   */
  public void connect(IpAddress address, int port) {
    stack.connect(this, address, port);
  }

  /** Forgets the peer. The port stays. */
  public void disconnect() {
    stack.disconnect(this);
  }

  /**
   * Sends to the peer of a connected socket.
   *
   * @param address of the payload, which is copied
   * @param length bytes, 0..65507 (65527 over IPv6)
   */
  public SendResult send(long address, int length) {
    return remotePort == 0
        ? SendResult.NO_DESTINATION
        : stack.send(this, remoteHigh, remoteLow, remotePort, address, length);
  }

  /** Sends to a destination, also when the socket is connected to another. */
  public SendResult send(
      long destinationHigh, long destinationLow, int port, long address, int length) {
    return port == 0
        ? SendResult.NO_DESTINATION
        : stack.send(this, destinationHigh, destinationLow, port, address, length);
  }

  /** Datagrams that wait in the queue. */
  public int queued() {
    return queue.count();
  }

  /** Source address of the first datagram in the queue, first half. Only if one is queued. */
  public long nextSourceHigh() {
    return queue.sourceHigh();
  }

  /** The other half. */
  public long nextSourceLow() {
    return queue.sourceLow();
  }

  /** Source port of the first datagram in the queue. Only if one is queued. */
  public int nextSourcePort() {
    return queue.sourcePort();
  }

  /** Payload bytes of the first datagram in the queue. Only if one is queued. */
  public int nextLength() {
    return queue.length();
  }

  /**
   * Takes the first datagram out of the queue. Only if one is queued.
   *
   * @param address where to copy its payload
   * @param room bytes; what is longer is cut
   */
  public void receive(long address, int room) {
    queue.remove(address, room);
  }

  /** Whether a datagram from somewhere to one of our addresses is for this socket. */
  boolean accepts(long toHigh, long toLow, long fromHigh, long fromLow, int fromPort) {
    return (isBoundToAny() || localHigh == toHigh && localLow == toLow)
        && (remotePort == 0
            || remotePort == fromPort && remoteHigh == fromHigh && remoteLow == fromLow);
  }

  boolean isBoundToAny() {
    return (localHigh | localLow) == 0;
  }

  /** Whether it has a port. */
  public boolean isBound() {
    return localPort != 0;
  }

  /** Whether it has a peer. */
  public boolean isConnected() {
    return remotePort != 0;
  }

  /** Whether it was not closed. */
  public boolean isOpen() {
    return open;
  }

  /** The local address, {@link IpAddress#ANY} = all. */
  public IpAddress localAddress() {
    return new IpAddress(localHigh, localLow);
  }

  /** The local port, 0 before bind. */
  public int localPort() {
    return localPort;
  }

  /** The peer's address; {@link IpAddress#ANY} without one. */
  public IpAddress remoteAddress() {
    return new IpAddress(remoteHigh, remoteLow);
  }

  /** The peer's port, 0 without one. */
  public int remotePort() {
    return remotePort;
  }

  /** Gives the port back and forgets what is queued. Idempotent. */
  public void close() {
    if (open) {
      open = false;
      stack.closed(this);
      queue.clear();
    }
  }

  /** See {@link #reuseAddress(boolean)}. */
  public boolean reuseAddress() {
    return reuseAddress;
  }

  /**
   * Lets sockets that all ask for it share a port (SO_REUSEADDR): broadcasts go to all, the rest to
   * the one that was bound last.
   */
  public void reuseAddress(boolean on) {
    reuseAddress = on;
  }

  /** See {@link #broadcast(boolean)}. */
  public boolean broadcast() {
    return broadcast;
  }

  /** Permits sending to broadcast addresses (SO_BROADCAST). */
  public void broadcast(boolean on) {
    broadcast = on;
  }

  /** See {@link #dontFragment(boolean)}. */
  public boolean dontFragment() {
    return dontFragment;
  }

  /** Refuses datagrams that are longer than the path's MTU (IP_PMTUDISC_DO). */
  public void dontFragment(boolean on) {
    dontFragment = on;
  }

  /** See {@link #receiveBuffer(int)}. */
  public int receiveBuffer() {
    return receiveBuffer;
  }

  /**
   * Bounds the queue (SO_RCVBUF).
   *
   * @param bytes each datagram counts with its payload and 24 bytes; one fits in any case
   */
  public void receiveBuffer(int bytes) {
    receiveBuffer = bytes;
  }

  /** See {@link #sendBuffer(int)}. */
  public int sendBuffer() {
    return sendBuffer;
  }

  /** Bounds the bytes in the transmit ring (SO_SNDBUF); one datagram fits in any case. */
  public void sendBuffer(int bytes) {
    sendBuffer = bytes;
  }

  /** See {@link #trafficClass(int)}. */
  public int trafficClass() {
    return trafficClass;
  }

  /** The IPv4 type of service or IPv6 traffic class of what is sent (IP_TOS), 0..255. */
  public void trafficClass(int value) {
    trafficClass = value;
  }

  /** The time to live, or hop limit, of what is sent to one host, 1..255 (IP_TTL). */
  public int timeToLive() {
    return timeToLive;
  }

  /** See {@link #timeToLive()}. */
  public void timeToLive(int hops) {
    timeToLive = hops;
  }

  /** The same for what is sent to a group, 0..255 (IP_MULTICAST_TTL). */
  public int multicastTimeToLive() {
    return multicastTimeToLive;
  }

  /** See {@link #multicastTimeToLive()}. */
  public void multicastTimeToLive(int hops) {
    multicastTimeToLive = hops;
  }
}
