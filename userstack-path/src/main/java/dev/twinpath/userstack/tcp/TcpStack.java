package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.device.NicCapabilities;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.Ipv4Output;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.ip.NeighborCache;
import dev.twinpath.userstack.ip.NeighborState;
import dev.twinpath.userstack.ip.RouteTable;
import dev.twinpath.userstack.ip.TransportReceiver;
import dev.twinpath.userstack.stack.AcceptHandler;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A shard's TCP: its connections and listeners, the lists of those that have something to do, and
 * the parts that do it. One thread.
 */
public final class TcpStack implements TransportReceiver {
  private static final int IP_AND_TCP = Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH;
  private static final int MAX_TURNS = 4096;
  private static final int LEAST_PATH_MTU = 552;

  final StackConfig config;
  final StackCounters counters;
  final TimerWheel wheel;
  final LinkOutput link;
  final RouteTable routes;
  final NeighborCache neighbors;
  final BlockPool slab;
  final int slabRegion;
  final BlockPool receivePool;
  final FlowTable flows;
  final long mac;
  final int maxTso;
  final int maxPieces;
  final int advertisedMss;
  final int windowShift;
  final long delayedAckNanos;
  final ConnectionTable connections;
  final ListenerTable listeners = new ListenerTable();
  final TimeWaitTable timeWait;
  final SendRangePool ranges;
  final SentSegmentPool sentPool = new SentSegmentPool();
  final CongestionControl congestion = new NewReno();
  final ControlSegments control;
  final TcpTimers timers;
  final LossRecovery recovery;
  final TcpOutput output;
  long now;

  private final SegmentWriter writer;
  private final Handshake handshake;
  private final TcpInput input;
  private final InitialSequence initialSequence;
  private final SendTemplateTable sendTemplates;
  private final RetiredTemplates retiredTemplates;
  private final SplittableRandom random;
  private ReceiveBuffer freeReceiveBuffers;
  private Connection readyHead;
  private Connection readyTail;
  private Connection touchedHead;
  private Connection touchedTail;
  private long lastSendStamp;
  private int serial;
  private int orphans;

  /** Wires a shard's TCP; {@code now} is where its time starts. */
  public TcpStack(
      StackConfig config,
      StackCounters counters,
      TimerWheel wheel,
      LinkOutput link,
      RouteTable routes,
      NeighborCache neighbors,
      Ipv4Output ipOutput,
      int slabRegion,
      BlockPool receivePool,
      QueuePair queue,
      NicCapabilities nic,
      long mac,
      long randomSeed,
      long nowNanos) {
    this.config = config;
    this.counters = counters;
    this.wheel = wheel;
    this.link = link;
    this.routes = routes;
    this.neighbors = neighbors;
    this.slab = link.slab();
    this.slabRegion = slabRegion;
    this.receivePool = receivePool;
    this.flows = queue.flowTable();
    this.sendTemplates = queue.sendTemplates();
    this.retiredTemplates = new RetiredTemplates(link, sendTemplates);
    this.mac = mac;
    now = nowNanos;
    maxTso = Math.min(nic.maxTsoBytes(), 65535 - Ipv4Header.MIN_LENGTH - TcpHeader.MAX_LENGTH);
    maxPieces = nic.maxSegmentsPerPacket();
    advertisedMss = nic.mtu() - IP_AND_TCP;
    int shift = 0;
    while (config.receiveWindow() >> shift > 65535) {
      shift++;
    }
    windowShift = shift;
    delayedAckNanos = config.delayedAck() * 1_000_000L;
    random = new SplittableRandom(randomSeed);
    initialSequence = new InitialSequence(random.nextLong(), random.nextLong());
    connections = new ConnectionTable(config.maxConnections());
    timeWait =
        new TimeWaitTable(wheel, counters, config.maxTimeWait(), config.timeWait() * 1_000_000L);
    ranges = new SendRangePool(link, slab);
    timers = new TcpTimers(this);
    recovery = new LossRecovery(this);
    control = new ControlSegments(this, ipOutput, nowNanos);
    writer = new SegmentWriter(this);
    output = new TcpOutput(this, writer);
    handshake = new Handshake(this);
    input = new TcpInput(this, handshake);
    neighbors.listeners(this::onNeighborResolved, this::onNeighborFailed);
    link.faultHandler(this::onTransmitFault);
  }

  // --- the application's calls

  /** A passive open; see {@code StackShard.listen}. */
  public TcpListener listen(int address, int port, int backlog, AcceptHandler handler) {
    if (address != 0 && !routes.isLocal(address)) {
      throw new StackException(
          StackException.Reason.ADDRESS_NOT_AVAILABLE, "not an address of this stack");
    }
    int chosen = port;
    if (port == 0) {
      chosen = ephemeralListenPort(address);
    } else if (listeners.conflicts(address, port)) {
      throw new StackException(StackException.Reason.ADDRESS_IN_USE, "port " + port + " is in use");
    }
    int queue = Math.max(0, Math.min(backlog, config.maxBacklog()));
    Listener listener = new Listener(this, address, chosen, queue, handler);
    listeners.add(listener);
    return listener;
  }

  private int ephemeralListenPort(int address) {
    int count = config.ephemeralHigh() - config.ephemeralLow() + 1;
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = config.ephemeralLow() + (start + i) % count;
      if (!listeners.conflicts(address, port)) {
        return port;
      }
    }
    throw new StackException(StackException.Reason.ADDRESS_IN_USE, "no ephemeral port is free");
  }

  /** An active open; see {@code StackShard.connect}. */
  public TcpConnection connect(
      int local, int localPort, int remote, int remotePort, ConnectionHandler handler) {
    int source = local == 0 ? routes.sourceFor(remote) : local;
    if (!routes.isLocal(source)) {
      throw new StackException(
          StackException.Reason.ADDRESS_NOT_AVAILABLE, "not an address of this stack");
    }
    if (routes.nextHop(remote) == RouteTable.NONE || routes.isLocal(remote)) {
      throw new StackException(StackException.Reason.NETWORK_UNREACHABLE, "no route");
    }
    if (connections.isFull()) {
      throw new StackException(
          StackException.Reason.TOO_MANY_CONNECTIONS, "the connection table is full");
    }
    int port = localPort;
    if (port == 0) {
      port = ephemeralPort(source, remote, remotePort);
    } else if (!isFree(source, port, remote, remotePort)) {
      throw new StackException(StackException.Reason.ADDRESS_IN_USE, "the 4-tuple is in use");
    }
    Connection c = create(source, port, remote, remotePort);
    c.handler = handler;
    handshake.begin(c);
    return c;
  }

  /** RFC 6056: a random start, then the next free one. */
  private int ephemeralPort(int local, int remote, int remotePort) {
    int count = config.ephemeralHigh() - config.ephemeralLow() + 1;
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = config.ephemeralLow() + (start + i) % count;
      if (isFree(local, port, remote, remotePort)) {
        return port;
      }
    }
    throw new StackException(StackException.Reason.ADDRESS_IN_USE, "no ephemeral port is free");
  }

  private boolean isFree(int local, int localPort, int remote, int remotePort) {
    return flows.lookup(Ipv4Header.PROTOCOL_TCP, local, localPort, remote, remotePort)
            == FlowTable.NONE
        && timeWait.find(local, localPort, remote, remotePort) == TimeWaitTable.NONE
        && listeners.find(local, localPort) == null;
  }

  // --- the shard's calls

  @Override
  public void onSegment(long ip, long tcp, int length, int tag) {
    input.onSegment(ip, tcp, length, tag);
  }

  /** Sets the time that everything until the next call happens at. */
  public void time(long nowNanos) {
    now = nowNanos;
  }

  /** Calls the handlers of connections to which something happened; returns how many. */
  public int callHandlers() {
    int count = 0;
    Connection c;
    while ((c = touchedHead) != null && count < MAX_TURNS) {
      touchedHead = c.touchedNext;
      if (touchedHead == null) {
        touchedTail = null;
      }
      c.touchedNext = null;
      c.touched = false;
      count++;
      callHandler(c);
    }
    return count;
  }

  private void callHandler(Connection c) {
    if (c.ended || c.awaitingAccept) {
      return;
    }
    if (c.handler == null) {
      if (c.closed) {
        end(c);
      }
      return;
    }
    boolean lost = c.closed && c.cause != CloseCause.NORMAL;
    if (!lost && !c.readClosed) {
      if (c.receiveBuffer != null) {
        deliver(c);
      }
      if (c.dataTouched && !c.ended) {
        c.dataTouched = false;
        c.handler.onDataEnd();
      }
      if (!c.ended && finReached(c) && !c.remoteClosedDelivered && !c.readClosed) {
        c.remoteClosedDelivered = true;
        c.handler.onRemoteClosed();
      }
    }
    if (c.writableTouched && !c.closed) {
      c.writableTouched = false;
      c.handler.onWritable();
    }
    if (c.closed && (c.cause != CloseCause.NORMAL || c.readClosed || c.remoteClosedDelivered)) {
      end(c);
    }
  }

  private static boolean finReached(Connection c) {
    return c.remoteFin >= 0 && c.rcvNxt > c.remoteFin && c.readPosition == c.remoteFin;
  }

  /** Lets connections on the ready list send, until it is empty or the transmit ring is full. */
  public int pushOutput() {
    int turns = 0;
    Connection c;
    while ((c = readyHead) != null && turns < MAX_TURNS) {
      readyHead = c.readyNext;
      if (readyHead == null) {
        readyTail = null;
      }
      c.readyNext = null;
      c.ready = false;
      turns++;
      if (c.closed) {
        continue;
      }
      int result = output.push(c);
      if (result == TcpOutput.MORE) {
        ready(c);
      } else if (result == TcpOutput.FULL) {
        c.ready = true;
        c.readyNext = readyHead;
        readyHead = c;
        if (readyTail == null) {
          readyTail = c;
        }
        break;
      }
    }
    return turns;
  }

  /** Whether a connection waits to send or to be told something. */
  public boolean hasPending() {
    return readyHead != null || touchedHead != null;
  }

  /** Releases ranges that the peer and the device are done with; returns how many. */
  public int releaseRanges() {
    retiredTemplates.removeCompleted();
    return ranges.hasRetired() ? ranges.releaseCompleted() : 0;
  }

  /** Calls a consumer with every connection. */
  public void forEach(Consumer<TcpConnection> consumer) {
    for (int i = 0; i < connections.slots(); i++) {
      Connection c = connections.get(i);
      if (c != null) {
        consumer.accept(c);
      }
    }
  }

  /** Connections, TIME_WAIT not counted. */
  public int connectionCount() {
    return connections.size();
  }

  /** Entries in TIME_WAIT. */
  public int timeWaitCount() {
    return timeWait.size();
  }

  /** Pool objects in use: send ranges and records of sent packets. For tests of leaks. */
  public int liveObjects() {
    return ranges.live() + sentPool.live();
  }

  /** Resets every connection and closes every listener. */
  public void close() {
    listeners.closeAll();
    for (int i = 0; i < connections.slots(); i++) {
      Connection c = connections.get(i);
      if (c != null) {
        output.sendReset(c);
        destroy(c, CloseCause.STACK_CLOSED);
      }
    }
    callHandlers();
    wheel.cancel(timeWait);
    neighbors.close();
  }

  /** Unmaps memory; the device does no more work. */
  public void free() {
    writer.close();
  }

  // --- for the parts of the package

  Connection create(int local, int localPort, int remote, int remotePort) {
    int slot = connections.take();
    Connection c = new Connection(this, serial++ & Integer.MAX_VALUE, slot);
    connections.set(slot, c);
    c.localAddress = local;
    c.localPort = localPort;
    c.remoteAddress = remote;
    c.remotePort = remotePort;
    c.rto = config.initialRto() * 1_000_000L;
    int isn = initialSequence.sequence(local, localPort, remote, remotePort, now);
    c.timestampOffset = initialSequence.timestampOffset(local, localPort, remote, remotePort);
    c.iss = 1L << 32 | (isn & 0xffffffffL);
    c.sndUna = c.iss;
    c.sndNxt = c.iss;
    c.flushedEnd = c.iss + 1;
    c.sendQueue.start(c.iss + 1);
    c.neighbor = neighbors.resolve(routes.nextHop(remote), now);
    c.neighborVersion = -1;
    flows.insert(Ipv4Header.PROTOCOL_TCP, local, localPort, remote, remotePort, slot);
    return c;
  }

  void setState(Connection c, TcpState state) {
    counters.transition(c.state == TcpState.CLOSED ? null : c.state, state);
    c.state = state;
  }

  void ready(Connection c) {
    if (c.ready || c.closed) {
      return;
    }
    c.ready = true;
    if (readyTail == null) {
      readyHead = c;
    } else {
      readyTail.readyNext = c;
    }
    readyTail = c;
  }

  void touch(Connection c) {
    if (c.touched) {
      return;
    }
    c.touched = true;
    if (touchedTail == null) {
      touchedHead = c;
    } else {
      touchedTail.touchedNext = c;
    }
    touchedTail = c;
  }

  void touchData(Connection c) {
    c.dataTouched = true;
    touch(c);
  }

  void touchWritable(Connection c) {
    c.writableTouched = true;
    touch(c);
  }

  int timestamp(Connection c, long nanos) {
    return (int) (nanos / 1_000_000L) + c.timestampOffset;
  }

  /**
   * A time for a packet that is sent now: later than any before, so that RACK can order packets.
   */
  long nextSendStamp() {
    lastSendStamp = Math.max(now, lastSendStamp + 1);
    return lastSendStamp;
  }

  /** Bytes that the peer may send from rcvNxt on. */
  long receiveWindow(Connection c) {
    return Math.max(0, config.receiveWindow() - (c.rcvNxt - c.readPosition));
  }

  /** The connection's buffer, made if it has none. */
  ReceiveBuffer receiveBuffer(Connection c) {
    if (c.receiveBuffer == null) {
      ReceiveBuffer buffer = freeReceiveBuffers;
      if (buffer == null) {
        buffer = new ReceiveBuffer(receivePool, config.receiveWindow());
      } else {
        freeReceiveBuffers = buffer.next;
        buffer.next = null;
      }
      c.receiveBuffer = buffer;
    }
    return c.receiveBuffer;
  }

  void releaseReceiveBuffer(Connection c) {
    ReceiveBuffer buffer = c.receiveBuffer;
    if (buffer != null) {
      c.receiveBuffer = null;
      buffer.clear();
      buffer.next = freeReceiveBuffers;
      freeReceiveBuffers = buffer;
    }
  }

  /** Hands buffered in-order bytes to the handler, as far as it takes them. */
  void deliver(Connection c) {
    if (c.handler == null || c.receivePaused || c.ended || c.readClosed) {
      return;
    }
    while (c.receiveBuffer != null && !c.receivePaused && !c.ended) {
      long end = c.readPosition + c.unread();
      if (c.readPosition >= end) {
        receiveDrained(c);
        break;
      }
      int length = c.receiveBuffer.contiguous(c.readPosition, end);
      int taken = c.handler.onData(c.receiveBuffer.address(c.readPosition), length);
      touchData(c);
      if (c.receiveBuffer == null) {
        return;
      }
      taken = Math.max(0, Math.min(taken, length));
      long from = c.readPosition;
      c.readPosition += taken;
      c.receiveBuffer.consume(from, c.readPosition, false);
      c.receivePaused = taken < length;
    }
    offerWindow(c);
  }

  /** The application has read all: the buffer goes back unless there is data beyond a hole. */
  void receiveDrained(Connection c) {
    if (c.receiveBuffer != null && c.receiveBuffer.outOfOrder.isEmpty()) {
      releaseReceiveBuffer(c);
    }
    if (finReached(c) && !c.remoteClosedDelivered) {
      touch(c);
    }
  }

  /** Tells the peer of a window that opened far enough (RFC 9293 section 3.8.6.2.2, as Linux). */
  void offerWindow(Connection c) {
    if (c.closed || !c.state.canReceive()) {
      return;
    }
    long told = Math.max(0, c.rcvWindowEdge - c.rcvNxt);
    long free = receiveWindow(c);
    long step = Math.min(config.receiveWindow() / 2, c.rcvMss);
    if (told < config.receiveWindow() / 2 && free >= 2 * told && free - told >= step) {
      c.ackNow = true;
      ready(c);
    }
  }

  /** The next hop's link address is unknown or changed; false if the connection has to wait. */
  boolean resolve(Connection c) {
    Neighbor neighbor = c.neighbor;
    if (neighbor.state() == NeighborState.EVICTED) {
      neighbor = neighbors.resolve(routes.nextHop(c.remoteAddress), now);
      c.neighbor = neighbor;
      c.neighborVersion = -1;
    } else {
      neighbors.use(neighbor, now);
    }
    if (!neighbor.isUsable()) {
      return false;
    }
    if (c.neighborVersion != neighbor.version()) {
      retiredTemplates.retire(c.sendTemplate);
      writer.buildTemplate(c, neighbor.mac());
      c.sendTemplate =
          sendTemplates.add(
              new SendTemplate(
                  mac,
                  neighbor.mac(),
                  Ipv4Header.PROTOCOL_TCP,
                  c.localAddress,
                  c.remoteAddress,
                  c.localPort,
                  c.remotePort));
      c.neighborVersion = neighbor.version();
    }
    return true;
  }

  private void onNeighborResolved(Neighbor neighbor) {
    for (int i = 0; i < connections.slots(); i++) {
      Connection c = connections.get(i);
      if (c != null && c.neighbor == neighbor) {
        ready(c);
      }
    }
  }

  private void onNeighborFailed(Neighbor neighbor) {
    for (int i = 0; i < connections.slots(); i++) {
      Connection c = connections.get(i);
      if (c == null || c.neighbor != neighbor) {
        continue;
      }
      if (!c.state.isSynchronized()) {
        counters.increment(StackCounter.ATTEMPT_FAILS);
        destroy(c, CloseCause.UNREACHABLE);
      } else if (c.unsentFlushed() > 0) {
        timers.armPersist(c);
      }
    }
  }

  private void onTransmitFault(long cookie, int status) {
    Connection c = connections.get((int) cookie);
    if (cookie < 0 || c == null || c.id != cookie) {
      counters.increment(StackCounter.TX_ERRORS);
      return;
    }
    if (status == TransmitStatus.MEMORY_FAULT) {
      counters.increment(StackCounter.TX_MEMORY_FAULTS);
    } else {
      counters.increment(StackCounter.TX_ERRORS);
    }
    if (status == TransmitStatus.MEMORY_FAULT || status == TransmitStatus.REGION_REFUSED) {
      counters.increment(StackCounter.ABORT_ON_FAULT);
      output.sendReset(c);
      destroy(c, CloseCause.FILE_TRUNCATED);
    }
  }

  /** RFC 5927: a quoted segment must be one that is outstanding; then RFC 1122 section 4.2.3.9. */
  @Override
  public void onUnreachable(int code, int mtu, long quoted) {
    long tcp = quoted + Ipv4Header.headerLength(quoted);
    int slot =
        flows.lookup(
            Ipv4Header.PROTOCOL_TCP,
            Ipv4Header.source(quoted),
            TcpHeader.sourcePort(tcp),
            Ipv4Header.destination(quoted),
            TcpHeader.destinationPort(tcp));
    Connection c = connections.get(slot);
    if (c == null) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    long sequence = c.extendAcknowledgment(TcpHeader.sequence(tcp));
    if (sequence < c.sndUna || sequence >= c.sndNxt) {
      counters.increment(StackCounter.ICMP_OUT_OF_WINDOW);
      return;
    }
    if (code == 4) {
      pathMtu(c, mtu);
    } else if (!c.state.isSynchronized() && code >= 2 && code != 5) {
      // Protocol or port unreachable, or prohibited: hard only while the handshake lasts.
      counters.increment(StackCounter.ATTEMPT_FAILS);
      destroy(c, code == 3 ? CloseCause.REFUSED : CloseCause.UNREACHABLE);
    } else {
      c.softError = code;
    }
  }

  private void pathMtu(Connection c, int mtu) {
    int least = Math.max(mtu, LEAST_PATH_MTU);
    int mss = least - IP_AND_TCP - (c.timestamps ? 12 : 0);
    if (c.state.isSynchronized() && mss < c.mss) {
      c.mss = mss;
      // What was too big is lost for certain.
      recovery.onTooBig(c);
      ready(c);
    }
  }

  // --- endings

  void onFinAcknowledged(Connection c) {
    switch (c.state) {
      case FIN_WAIT_1:
        setState(c, TcpState.FIN_WAIT_2);
        if (c.orphan) {
          armFinTimeout(c);
        }
        break;
      case CLOSING:
        enterTimeWait(c);
        break;
      case LAST_ACK:
        destroy(c, CloseCause.NORMAL);
        break;
      default:
        break;
    }
  }

  void onRemoteFin(Connection c) {
    switch (c.state) {
      case ESTABLISHED:
        setState(c, TcpState.CLOSE_WAIT);
        break;
      case FIN_WAIT_1:
        setState(c, TcpState.CLOSING);
        break;
      case FIN_WAIT_2:
        enterTimeWait(c);
        break;
      default:
        break;
    }
  }

  private void enterTimeWait(Connection c) {
    output.sendAckAtOnce(c);
    timeWait.add(c, now);
    destroy(c, CloseCause.NORMAL);
  }

  void armFinTimeout(Connection c) {
    timers.armIdle(c, now + config.finTimeout() * 1_000_000L);
  }

  /**
   * The application has closed: counts the orphan, false if there are too many and it was reset.
   */
  boolean orphaned(Connection c) {
    if (orphans >= config.maxOrphans()) {
      counters.increment(StackCounter.ABORT_ON_ORPHANS);
      output.sendReset(c);
      destroy(c, CloseCause.LOCAL_ABORT);
      return false;
    }
    orphans++;
    c.orphan = true;
    return true;
  }

  /** Ends a connection; its handler is told when handlers are called next. */
  void destroy(Connection c, CloseCause cause) {
    if (c.closed) {
      return;
    }
    c.cause = cause;
    detach(c);
    if (cause != CloseCause.NORMAL || c.unread() == 0) {
      releaseReceiveBuffer(c);
    }
    touch(c);
  }

  /** Takes a connection out of every table and gives back what it holds for sending. */
  void detach(Connection c) {
    c.closed = true;
    counters.transition(c.state, null);
    c.state = TcpState.CLOSED;
    flows.remove(
        Ipv4Header.PROTOCOL_TCP, c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
    connections.remove(c.slot);
    retiredTemplates.retire(c.sendTemplate);
    c.sendTemplate = 0;
    wheel.cancel(c);
    c.sendQueue.clear(ranges, c.sndUna);
    c.sent.clear(sentPool);
    if (c.listener != null) {
      c.listener.handshakes--;
      c.listener = null;
    }
    if (c.orphan) {
      orphans--;
    }
  }

  /** Tells the handler that it is over. */
  void end(Connection c) {
    if (c.ended) {
      return;
    }
    c.ended = true;
    releaseReceiveBuffer(c);
    if (c.handler != null) {
      c.handler.onClosed(c.cause);
    }
  }

  void abortHandshakes(Listener listener) {
    for (int i = 0; i < connections.slots(); i++) {
      Connection c = connections.get(i);
      if (c != null && c.listener == listener) {
        output.sendReset(c);
        destroy(c, CloseCause.LOCAL_ABORT);
      }
    }
  }
}
