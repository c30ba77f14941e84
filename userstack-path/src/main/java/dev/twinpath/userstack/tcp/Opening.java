package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.AcceptHandler;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import java.util.SplittableRandom;

/** Passive and active opens: ports, control blocks, sequence numbers. */
final class Opening {
  private final TcpStack stack;
  private final SplittableRandom random;
  private final InitialSequence initialSequence;
  final SynCookies cookies;
  private int serial;

  Opening(TcpStack stack, long randomSeed) {
    this.stack = stack;
    random = new SplittableRandom(randomSeed);
    initialSequence = new InitialSequence(random.nextLong(), random.nextLong());
    cookies = new SynCookies(stack, random);
  }

  /** A passive open; see {@code StackShard.listen}. */
  TcpListener listen(IpAddress address, int port, int backlog, AcceptHandler handler) {
    if (!address.isAny() && stack.routes.indexOf(address.high(), address.low()) < 0) {
      throw new StackException(
          StackException.Reason.ADDRESS_NOT_AVAILABLE, "not an address of this stack");
    }
    int chosen = port;
    if (port == 0) {
      chosen = ephemeralListenPort(address);
    } else if (stack.listeners.conflicts(address, port)) {
      throw new StackException(StackException.Reason.ADDRESS_IN_USE, "port " + port + " is in use");
    }
    int queue = Math.max(0, Math.min(backlog, stack.config.maxBacklog()));
    Listener listener = new Listener(stack, address, chosen, queue, handler);
    stack.listeners.add(listener);
    // From now on the NIC brings new connections to a shard that listens, whatever their hash.
    stack.flows.addListener(address, chosen, serial++ & Integer.MAX_VALUE);
    return listener;
  }

  private int ephemeralListenPort(IpAddress address) {
    int count = stack.config.ephemeralHigh() - stack.config.ephemeralLow() + 1;
    int start = random.nextInt(count);
    for (int i = 0; i < count; i++) {
      int port = stack.config.ephemeralLow() + (start + i) % count;
      // A port of one's own: another shard that has it too would get half of the connections.
      if (!stack.listeners.conflicts(address, port) && !stack.flows.isListening(port)) {
        return port;
      }
    }
    throw new StackException(StackException.Reason.ADDRESS_IN_USE, "no ephemeral port is free");
  }

  /** An active open; see {@code StackShard.connect}. */
  TcpConnection connect(
      IpAddress local, int localPort, IpAddress remote, int remotePort, ConnectionHandler handler) {
    long high = remote.high();
    long low = remote.low();
    IpAddress source = local.isAny() ? stack.routes.sourceFor(high, low) : local;
    if (source == null) {
      throw new StackException(
          StackException.Reason.NETWORK_UNREACHABLE,
          "the stack has no address of the IP version of " + remote);
    }
    if (!stack.routes.isLocal(source.high(), source.low())) {
      throw new StackException(
          StackException.Reason.ADDRESS_NOT_AVAILABLE, "not an address of this stack");
    }
    if (source.isV4() != remote.isV4()
        || remote.isAny()
        || remote.isMulticast()
        || stack.routes.find(high, low) == null
        || stack.routes.isLocal(high, low)) {
      throw new StackException(StackException.Reason.NETWORK_UNREACHABLE, "no route");
    }
    if (stack.connections.isFull()) {
      throw new StackException(
          StackException.Reason.TOO_MANY_CONNECTIONS, "the connection table is full");
    }
    Connection c =
        localPort == 0
            ? createOnEphemeralPort(source, remote, remotePort)
            : createOn(source, localPort, remote, remotePort);
    if (c == null) {
      throw new StackException(
          stack.flows.isFull()
              ? StackException.Reason.TOO_MANY_CONNECTIONS
              : StackException.Reason.ADDRESS_IN_USE,
          localPort == 0
              ? "no ephemeral port is free, or the NIC has no room for a flow"
              : "the 4-tuple is in use, or the NIC has no room for a flow");
    }
    c.handler = handler;
    stack.handshake.begin(c);
    return c;
  }

  /** RFC 6056 section 3.3: a start that nobody can foretell, then the next free one. */
  private Connection createOnEphemeralPort(IpAddress local, IpAddress remote, int remotePort) {
    int count = stack.config.ephemeralHigh() - stack.config.ephemeralLow() + 1;
    int start = initialSequence.portSalt(local, remote, remotePort) % count;
    for (int i = 0; i < count; i++) {
      int port = stack.config.ephemeralLow() + (start + i) % count;
      Connection c = createOn(local, port, remote, remotePort);
      if (c != null || stack.flows.isFull()) {
        return c;
      }
    }
    return null;
  }

  private Connection createOn(IpAddress local, int localPort, IpAddress remote, int remotePort) {
    long localHigh = local.high();
    long localLow = local.low();
    long remoteHigh = remote.high();
    long remoteLow = remote.low();
    if (stack.listeners.find(localHigh, localLow, localPort) != null) {
      return null;
    }
    int entry =
        stack.timeWait.find(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
    if (entry != TimeWaitTable.NONE) {
      return takeOver(entry, local, localPort, remote, remotePort);
    }
    // Whether no shard has the 4-tuple: the NIC knows the flows of all.
    return stack.flows.isTaken(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort)
        ? null
        : create(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
  }

  /** RFC 6191: timestamps tell a new connection's segments from what is left of the old. */
  private Connection takeOver(
      int entry, IpAddress local, int localPort, IpAddress remote, int remotePort) {
    TimeWaitTable table = stack.timeWait;
    if (stack.config.timeWaitReuse() != 1
        || table.isFinWait2(entry)
        || !table.isTimestampOld(entry, stack.now)) {
      return null;
    }
    int sequence = table.sndNxt(entry) + TimeWaitInput.BEYOND;
    int recent = table.tsRecent(entry);
    table.remove(entry);
    Connection c =
        create(local.high(), local.low(), localPort, remote.high(), remote.low(), remotePort);
    if (c != null) {
      stack.counters.increment(StackCounter.TIME_WAIT_RECYCLED);
      startAt(c, sequence);
      c.tsRecent = recent;
      c.tsRecentNanos = stack.now;
    }
    return c;
  }

  /** Flows of TIME_WAIT make room for those that live. */
  private boolean insertFlow(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort,
      int slot) {
    while (!stack.flows.insert(
        localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort, slot)) {
      if (!stack.flows.isFull() || stack.timeWait.size() == 0) {
        return false;
      }
      stack.counters.increment(StackCounter.TIME_WAIT_OVERFLOW);
      stack.timeWait.removeFirst();
    }
    return true;
  }

  /** Sets the sequence number of a connection's SYN, which was not sent yet. */
  static void startAt(Connection c, int sequence) {
    c.iss = 1L << 32 | (sequence & 0xffffffffL);
    c.sndUna = c.iss;
    c.sndNxt = c.iss;
    c.flushedEnd = c.iss + 1;
    c.sendQueue.start(c.iss + 1);
  }

  /** The flow label of a connection over IPv6. */
  int flowLabel(Connection c) {
    return initialSequence.flowLabel(c);
  }

  /** The flow label of what answers a segment over IPv6. */
  int flowLabel(Segment s) {
    return initialSequence.flowLabel(s);
  }

  /** What is added to the clock in the timestamps that a peer is sent. */
  int timestampOffset(Segment s) {
    return initialSequence.timestampOffset(s);
  }

  /**
   * A control block in its tables. The NIC knows its flow before any segment of it leaves, so that
   * the answer comes to this shard.
   *
   * @return null when another shard has the 4-tuple, or the NIC has no room for another flow
   */
  Connection create(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    int slot = stack.connections.take();
    if (!insertFlow(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort, slot)) {
      stack.connections.remove(slot);
      return null;
    }
    Connection c = new Connection(stack, serial++ & Integer.MAX_VALUE, slot);
    stack.connections.set(slot, c);
    c.inherit(stack.defaultOptions.frozen());
    c.v6 = !IpAddress.isV4(remoteHigh, remoteLow);
    c.localHigh = localHigh;
    c.localLow = localLow;
    c.localPort = localPort;
    c.remoteHigh = remoteHigh;
    c.remoteLow = remoteLow;
    c.remotePort = remotePort;
    c.rto = stack.config.initialRto() * 1_000_000L;
    stack.congestion.begin(c);
    c.timestampOffset = initialSequence.timestampOffset(c);
    startAt(c, initialSequence.sequence(c, stack.now));
    c.neighbor = stack.nextHop(remoteHigh, remoteLow);
    c.neighborVersion = -1;
    stack.tracing.created(c);
    return c;
  }
}
