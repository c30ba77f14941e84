package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicCapabilities;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.ReceiveHandler;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.userstack.ip.AddressStatus;
import dev.twinpath.userstack.ip.DatagramReceiver;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.IpLayer;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.ip.NicFlows;
import dev.twinpath.userstack.tcp.Listing;
import dev.twinpath.userstack.tcp.TcpStack;
import dev.twinpath.userstack.udp.DatagramOutput;
import dev.twinpath.userstack.udp.UdpHandler;
import dev.twinpath.userstack.udp.UdpSocket;
import dev.twinpath.userstack.udp.UdpStack;
import java.util.List;
import java.util.function.Consumer;

/**
 * One thread's share of the stack: one queue pair of the NIC, and everything above it as far as the
 * connections' handlers. Nothing is shared with other shards.
 *
 * <p>The owner thread calls {@link #poll} again and again; all handlers are called from within.
 * Time is a parameter, so that a test can run a shard on a clock of its own.
 */
public final class StackShard implements AutoCloseable {
  /** A whole uncut frame: 64 KiB of IP packet, Ethernet header, and some. */
  private static final int RECEIVE_BUFFER = 68 * 1024;

  /**
   * After a pause this long between polls, ACKs may wait in the wire that stop timers from firing.
   */
  private static final long LATE = 1_000_000L;

  private static final int SLAB_BLOCK_SHIFT = 11;
  private static final int RECEIVE_BLOCK_SHIFT = 12;

  private final StackConfig config;
  private final QueuePair queue;
  private final RegisteredMemory memory;
  private final StackCounters counters = new StackCounters();
  private final TimerWheel wheel;
  private final BlockPool slab;
  private final int slabRegion;
  private final BlockPool receivePool;
  private final LinkOutput link;
  private final IpLayer ip;
  private final TcpStack tcp;
  private final UdpStack udp;
  private final long frames;
  private final long framesSize;
  private final int framesRegion;
  private final ReceiveHandler onFrame = this::onFrame;
  private long now;
  private boolean closed;

  /**
   * Creates a shard on a queue pair of a NIC.
   *
   * @param index the queue pair, which no other shard uses
   * @param randomSeed seed of sequence numbers and ports; not to be guessed outside of tests
   * @param nowNanos where the shard's time starts, greater than 0
   */
  public StackShard(StackConfig config, Nic nic, int index, long randomSeed, long nowNanos) {
    this(
        config,
        nic.queuePair(index),
        nic.memory(),
        nic.capabilities(),
        nic.macAddress(),
        randomSeed,
        nowNanos);
  }

  /** Creates a shard from the parts of a NIC. */
  public StackShard(
      StackConfig config,
      QueuePair queue,
      RegisteredMemory memory,
      NicCapabilities capabilities,
      long mac,
      long randomSeed,
      long nowNanos) {
    this.config = config;
    this.queue = queue;
    this.memory = memory;
    now = nowNanos;
    wheel = new TimerWheel(nowNanos);
    slab = new BlockPool(SLAB_BLOCK_SHIFT, config.sendSlab());
    slabRegion = memory.register(slab.base(), slab.size(), RegisteredMemory.READ);
    receivePool = new BlockPool(RECEIVE_BLOCK_SHIFT, config.receivePool());
    link = new LinkOutput(queue, memory, queue.transmit().capacity(), slab, slabRegion);
    int mtu = capabilities.mtu();
    ip = new IpLayer(config, counters, wheel, link, mtu, mac, randomSeed, nowNanos);
    tcp =
        new TcpStack(
            config,
            counters,
            wheel,
            link,
            ip.routes(),
            ip.neighbors(),
            ip.output4(),
            ip.output6(),
            ip.pathMtu(),
            slabRegion,
            receivePool,
            queue,
            capabilities,
            mac,
            randomSeed,
            nowNanos);
    ip.start(tcp, nowNanos);
    DatagramOutput datagrams =
        new DatagramOutput(
            ip.routes(), ip.neighbors(), link, counters, mac, ip.pathMtu(), randomSeed + 1);
    udp =
        new UdpStack(
            config,
            counters,
            datagrams,
            new NicFlows(queue, Ipv4Header.PROTOCOL_UDP),
            receivePool,
            randomSeed + 2);
    udp.time(nowNanos);
    ip.datagrams(udp);
    int buffers = Math.min(config.receiveBuffers(), queue.receive().capacity());
    framesSize = (long) buffers * RECEIVE_BUFFER;
    frames = BlockPool.map(framesSize);
    framesRegion = memory.register(frames, framesSize, RegisteredMemory.WRITE);
    for (int i = 0; i < buffers; i++) {
      post(i);
    }
  }

  /**
   * Does what there is to do, without blocking: takes received frames up to the budget, fires
   * timers, calls handlers, sends, lets the device work, releases what is done with.
   *
   * @param nowNanos the time now; must not go back
   * @return how much was done, 0 = nothing
   */
  public int poll(long nowNanos) {
    int work = 0;
    if (nowNanos - now > LATE) {
      // The thread was kept from running: first see what came meanwhile, then judge what is
      // overdue.
      work = queue.doWork(nowNanos);
    }
    now = nowNanos;
    tcp.time(nowNanos);
    udp.time(nowNanos);
    work += queue.receive().poll(onFrame, config.receiveBudget());
    work += wheel.advance(nowNanos);
    work += tcp.callHandlers();
    work += tcp.pushOutput();
    link.doorbell();
    work += queue.doWork(nowNanos);
    work += link.pollCompletions();
    work += tcp.releaseRanges();
    work += udp.tellWritable(nowNanos);
    counters.increment(work == 0 ? StackCounter.POLLS_IDLE : StackCounter.POLLS_BUSY);
    return work;
  }

  private void onFrame(int bufferId, int length, int flags, int flowTag) {
    try {
      if (length > 0) {
        tcp.receivedSegmentSize(queue.receive().segmentSize());
        ip.onFrame(frames + (long) bufferId * RECEIVE_BUFFER, length, flags, flowTag, now);
      }
    } finally {
      // A handler that throws costs nobody a buffer.
      post(bufferId);
    }
  }

  private void post(int bufferId) {
    queue.receive().post(framesRegion, (long) bufferId * RECEIVE_BUFFER, RECEIVE_BUFFER, bufferId);
  }

  /** When {@link #poll} has something to do though no frame comes; Long.MAX_VALUE = never. */
  public long nextDeadlineNanos() {
    return Math.min(wheel.nextDeadlineNanos(), queue.nextDeadlineNanos());
  }

  /** Whether {@link #poll} has something to do now, received frames aside. */
  public boolean hasPendingOutput() {
    return tcp.hasPending() || queue.hasPendingTransmit();
  }

  /**
   * A passive open.
   *
   * @param localAddress {@link IpAddress#ANY} = every address of the stack, of both IP versions
   * @param port 0 = an ephemeral one
   * @param backlog bound of the accept queue; more than the configuration's maximum counts as that
   * @throws StackException ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE
   */
  public TcpListener listen(IpAddress localAddress, int port, int backlog, AcceptHandler handler) {
    checkOpen();
    return tcp.listen(localAddress, port, backlog, handler);
  }

  /** The same on an IPv4 address in host order, 0 = {@link IpAddress#ANY}. */
  public TcpListener listen(int localAddress, int port, int backlog, AcceptHandler handler) {
    return listen(IpAddress.of(localAddress), port, backlog, handler);
  }

  /**
   * An active open. {@link ConnectionHandler#onConnected} or {@link ConnectionHandler#onClosed}
   * tells how it went.
   *
   * @param localAddress {@link IpAddress#ANY} = chosen by the route
   * @param localPort 0 = an ephemeral one
   * @throws StackException ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, NETWORK_UNREACHABLE,
   *     TOO_MANY_CONNECTIONS
   */
  public TcpConnection connect(
      IpAddress localAddress,
      int localPort,
      IpAddress remoteAddress,
      int remotePort,
      ConnectionHandler handler) {
    checkOpen();
    return tcp.connect(localAddress, localPort, remoteAddress, remotePort, handler);
  }

  /** The same by IPv4 addresses in host order, 0 = {@link IpAddress#ANY}. */
  public TcpConnection connect(
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      ConnectionHandler handler) {
    return connect(
        IpAddress.of(localAddress), localPort, IpAddress.of(remoteAddress), remotePort, handler);
  }

  /**
   * A UDP socket, not bound yet.
   *
   * @param handler hears of it from within {@link #poll}
   * @throws StackException TOO_MANY_CONNECTIONS, CLOSED
   */
  public UdpSocket udpSocket(UdpHandler handler) {
    checkOpen();
    return udp.open(handler);
  }

  private void checkOpen() {
    if (closed) {
      throw new StackException(StackException.Reason.CLOSED, "the shard is closed");
    }
  }

  /**
   * Sets who gets the UDP datagrams that come to this shard, in place of its {@link #udpSocket}s.
   * Shard's thread.
   */
  public void datagrams(DatagramReceiver receiver) {
    ip.datagrams(receiver);
  }

  /**
   * The stack's addresses, the one of the link included, and which of them may be used: an IPv6
   * address is asked for a second before it is, and never is if somebody has it.
   */
  public List<AddressStatus> addresses() {
    return ip.addresses();
  }

  /** The IP layer, to be looked at. */
  public IpLayer ip() {
    return ip;
  }

  /** What the shard counts; readable from any thread. */
  public StackCounters counters() {
    return counters;
  }

  /** The queue pair that the shard owns. */
  public QueuePair queuePair() {
    return queue;
  }

  /** The NIC's memory table, to register file mappings with. */
  public RegisteredMemory memory() {
    return memory;
  }

  /** The configuration. */
  public StackConfig config() {
    return config;
  }

  /** Snapshots every connection. */
  public void forEachConnection(Consumer<ConnectionInfo> consumer) {
    tcp.forEach(connection -> consumer.accept(connection.info()));
  }

  /** Snapshots every listener. */
  public void forEachListener(Consumer<ListenerInfo> consumer) {
    Listing.listeners(tcp, consumer);
  }

  /** Snapshots what {@link #timeWaitCount} counts. */
  public void forEachTimeWait(Consumer<TimeWaitInfo> consumer) {
    Listing.timeWait(tcp, consumer);
  }

  /**
   * Follows the first connection that matches, of those that are or else of those that come.
   *
   * @param events how many of its last events are kept, 1..{@link ConnectionTrace#MAX_EVENTS}
   * @return the trace, empty until there is such a connection; to be given back with {@link
   *     #endTrace}
   * @throws IllegalStateException when as many as a shard allows are being followed already
   */
  public ConnectionTrace trace(TraceFilter filter, int events) {
    checkOpen();
    return tcp.trace(filter, events);
  }

  /** Follows no longer. Idempotent. */
  public void endTrace(ConnectionTrace trace) {
    tcp.endTrace(trace);
  }

  /** Connections in every state but TIME_WAIT, and FIN_WAIT_2 once the application has closed. */
  public int connectionCount() {
    return tcp.connectionCount();
  }

  /** Connections in TIME_WAIT, and closed ones in FIN_WAIT_2, that have no control block. */
  public int timeWaitCount() {
    return tcp.timeWaitCount();
  }

  /** Pooled objects and blocks in use, 0 when every connection is gone: a test's look for leaks. */
  public int liveResources() {
    return tcp.liveObjects() + slab.taken() + receivePool.taken();
  }

  /** Armed timers, for tests. */
  public int armedTimers() {
    return wheel.size();
  }

  /** Resets every connection, releases every range and unmaps everything. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    tcp.close();
    udp.close();
    link.doorbell();
    queue.doWork(now);
    queue.stop();
    link.pollCompletions();
    link.abandon();
    tcp.releaseRanges();
    memory.deregister(framesRegion);
    memory.deregister(slabRegion);
    link.close();
    tcp.free();
    ip.close();
    Linux.munmap(frames, framesSize);
    receivePool.close();
    slab.close();
  }
}
