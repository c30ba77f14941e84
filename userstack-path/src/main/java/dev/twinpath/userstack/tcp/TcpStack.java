package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.device.NicCapabilities;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.Ipv4Output;
import dev.twinpath.userstack.ip.Ipv6Output;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.ip.NeighborCache;
import dev.twinpath.userstack.ip.NicFlows;
import dev.twinpath.userstack.ip.PathMtu;
import dev.twinpath.userstack.ip.Route;
import dev.twinpath.userstack.ip.RouteTable;
import dev.twinpath.userstack.ip.TransportReceiver;
import dev.twinpath.userstack.stack.AcceptHandler;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimerWheel;
import dev.twinpath.userstack.stack.TraceFilter;
import java.util.function.Consumer;

/**
 * A shard's TCP: its connections and listeners, the lists of those that have something to do, and
 * the parts that do it. One thread.
 */
public final class TcpStack implements TransportReceiver {
  private static final int MAX_TURNS = 4096;

  final StackConfig config;
  final StackCounters counters;
  final TimerWheel wheel;
  final LinkOutput link;
  final RouteTable routes;
  final NeighborCache neighbors;
  final PathMtu paths;
  final BlockPool slab;
  final int slabRegion;
  final BlockPool receivePool;
  final NicFlows flows;
  final long mac;
  final int maxTso;
  final int maxPieces;
  private final int linkMtu;
  final ConnectionTable connections;
  final ListenerTable listeners = new ListenerTable();
  final TimeWaitTable timeWait;
  final SendRangePool ranges;
  final SentSegmentPool sentPool = new SentSegmentPool();
  final CongestionControls congestion;
  final ControlSegments control;
  final TcpTimers timers;

  /** How losses are found with SACK; a test may put another way in its place. */
  Rack rack;

  final NeedlessReduction needless;
  final LossProbe lossProbe;
  final LossRecovery recovery;
  final TcpOutput output;

  /** See {@link #receivedSegmentSize(int)}. */
  int receivedSegmentSize;

  /** What an active open begins with. */
  final OptionValues defaultOptions;

  long now;

  final SegmentWriter writer;
  final Handshake handshake;
  final Opening opening;
  final Closing closing = new Closing(this);
  final Ecn ecn = new Ecn(this);
  final FastOpen fastOpen;
  final Reception reception = new Reception(this);
  final ReceiveWindow window;
  final Acknowledging acknowledging;
  final SendSpace sendSpace;
  final WindowProbes probes;
  final MemoryBound memory;
  final PathEvents path = new PathEvents(this);
  final Tracing tracing = new Tracing(this);
  final MtuProbing mtuProbing;
  private final TcpInput input;
  final SendPermits permits;
  final RetiredTemplates retiredTemplates;
  private Connection readyHead;
  private Connection readyTail;
  private Connection touchedHead;
  private Connection touchedTail;
  private long lastSendStamp;

  /** Wires a shard's TCP; {@code now} is where its time starts. */
  public TcpStack(
      StackConfig config,
      StackCounters counters,
      TimerWheel wheel,
      LinkOutput link,
      RouteTable routes,
      NeighborCache neighbors,
      Ipv4Output ipOutput,
      Ipv6Output ipOutput6,
      PathMtu paths,
      int slabRegion,
      BlockPool receivePool,
      QueuePair queue,
      NicCapabilities nic,
      long mac,
      long randomSeed,
      long nowNanos) {
    this.config = config;
    fastOpen = new FastOpen(this, config.fastOpenKey());
    defaultOptions = new OptionValues(config);
    this.counters = counters;
    mtuProbing = new MtuProbing(this);
    this.wheel = wheel;
    this.link = link;
    this.routes = routes;
    this.neighbors = neighbors;
    this.paths = paths;
    this.slab = link.slab();
    this.slabRegion = slabRegion;
    this.receivePool = receivePool;
    this.flows = new NicFlows(queue, Ipv4Header.PROTOCOL_TCP);
    SendTemplateTable sendTemplates = queue.sendTemplates();
    this.permits = new SendPermits(sendTemplates, mac);
    this.retiredTemplates = new RetiredTemplates(link, sendTemplates);
    this.mac = mac;
    now = nowNanos;
    maxTso = Math.min(nic.maxTsoBytes(), 65535 - Ipv4Header.MIN_LENGTH - TcpHeader.MAX_LENGTH);
    maxPieces = nic.maxSegmentsPerPacket();
    linkMtu = nic.mtu();
    window = new ReceiveWindow(this);
    acknowledging = new Acknowledging(this);
    sendSpace = new SendSpace(this);
    probes = new WindowProbes(this);
    memory = new MemoryBound(this);
    connections = new ConnectionTable(config.maxConnections());
    timeWait =
        new TimeWaitTable(
            wheel,
            counters,
            flows,
            config.maxTimeWait(),
            config.timeWait() * 1_000_000L,
            config.finTimeout() * 1_000_000L);
    ranges = new SendRangePool(link, slab);
    congestion = new CongestionControls(this);
    timers = new TcpTimers(this);
    rack = new Rack(this);
    needless = new NeedlessReduction(this);
    lossProbe = new LossProbe(this);
    recovery = new LossRecovery(this);
    control = new ControlSegments(this, ipOutput, ipOutput6, nowNanos);
    writer = new SegmentWriter(this);
    output = new TcpOutput(this, writer);
    handshake = new Handshake(this);
    opening = new Opening(this, randomSeed);
    input = new TcpInput(this, handshake);
    neighbors.listeners(path::onNeighborResolved, path::onNeighborFailed);
    link.faultHandler(path::onTransmitFault);
  }

  /** A passive open; see {@code StackShard.listen}. */
  public TcpListener listen(IpAddress address, int port, int backlog, AcceptHandler handler) {
    return opening.listen(address, port, backlog, handler);
  }

  /** An active open; see {@code StackShard.connect}. */
  public TcpConnection connect(
      IpAddress local, int localPort, IpAddress remote, int remotePort, ConnectionHandler handler) {
    return opening.connect(local, localPort, remote, remotePort, handler);
  }

  /**
   * What the NIC says of the packet that comes next: payload bytes of each of the segments that it
   * is made of, 0 when it is one.
   */
  public void receivedSegmentSize(int bytes) {
    receivedSegmentSize = bytes;
  }

  @Override
  public void onSegment(long ip, long tcp, int length, int tag) {
    input.onSegment(ip, tcp, length, tag);
  }

  @Override
  public void onError(IcmpError error) {
    path.onError(error);
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
        closing.end(c);
      }
      return;
    }
    boolean lost = c.closed && c.cause != CloseCause.NORMAL;
    if (lost && !c.readClosed && c.receiveBuffer != null) {
      reception.deliver(c);
    } else if (!lost && !c.readClosed) {
      if (c.receiveBuffer != null) {
        reception.deliver(c);
      }
      if (c.dataTouched && !c.ended) {
        c.dataTouched = false;
        c.handler.onDataEnd();
      }
      if (!c.ended && reception.finReached(c) && !c.remoteClosedDelivered && !c.readClosed) {
        c.remoteClosedDelivered = true;
        c.handler.onRemoteClosed();
      }
    }
    if (c.writableTouched && !c.closed) {
      c.writableTouched = false;
      c.handler.onWritable();
    }
    if (c.closed && (c.cause != CloseCause.NORMAL || c.readClosed || c.remoteClosedDelivered)) {
      closing.end(c);
    }
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
      } else if (result == TcpOutput.FULL && !c.ready) {
        c.ready = true;
        c.readyNext = readyHead;
        readyHead = c;
        if (readyTail == null) {
          readyTail = c;
        }
      }
      if (result == TcpOutput.FULL) {
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

  /** See {@code StackShard.trace}. */
  public ConnectionTrace trace(TraceFilter filter, int events) {
    return tracing.begin(filter, events);
  }

  /** See {@code StackShard.endTrace}. */
  public void endTrace(ConnectionTrace trace) {
    tracing.end(trace);
  }

  /** Connections, TIME_WAIT not counted. */
  public int connectionCount() {
    return connections.size();
  }

  /** Connections in TIME_WAIT, and closed ones in FIN_WAIT_2. */
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
        closing.destroy(c, CloseCause.STACK_CLOSED);
      }
    }
    while (callHandlers() > 0) {
      // Each call takes a bounded number.
    }
    timeWait.clear();
    neighbors.close();
  }

  /** Unmaps memory; the device does no more work. */
  public void free() {
    writer.close();
  }

  // --- for the parts of the package

  void setState(Connection c, TcpState state) {
    counters.transition(c.state == TcpState.CLOSED ? null : c.state, state);
    if (c.trace != null) {
      tracing.state(c, state);
    }
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

  /** The neighbour on the way to an address, to which there was a route. */
  Neighbor nextHop(long high, long low) {
    Route route = routes.find(high, low);
    return neighbors.resolve(route.hopHigh(high), route.hopLow(low), now);
  }

  /** Bytes of the IP and TCP headers without options. */
  static int headers(boolean v6) {
    return (v6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH) + TcpHeader.MIN_LENGTH;
  }

  /** What our SYN says that we take in one segment (RFC 9293 section 3.7.1). */
  int advertisedMss(boolean v6) {
    return linkMtu - headers(v6);
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
}
