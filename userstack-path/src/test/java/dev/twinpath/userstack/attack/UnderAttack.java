package dev.twinpath.userstack.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TwoStacks;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * A server that an honest client downloads a file from while somebody attacks it, in virtual time.
 * Every attack must leave the download whole, byte by byte, and the server's memory within bounds;
 * {@link #close} checks that all of it comes back.
 */
final class UnderAttack implements AutoCloseable {
  static final int FILE = 2 << 20;
  static final int ATTACKER = 0x2d000001;
  private static final long TICK = TwoStacks.MILLI;
  private static final int PATIENCE = 120_000;

  final TwoStacks net;
  final HostileWire wire;
  final byte[] file = new byte[FILE];
  private final Arena arena = Arena.ofShared();
  private final Download honest = new Download();
  private final int region;
  TcpConnection honestConnection;
  int mostConnections;
  int mostResources;
  int mostTimeWait;
  long releases;
  int ticks;
  private final List<TcpConnection> idle = new ArrayList<>();

  UnderAttack() {
    this(TwoStacks.serverConfig());
  }

  UnderAttack(StackConfig.Builder server) {
    MemoryWire.Pair pair = MemoryWire.pair();
    wire = new HostileWire(pair.right());
    long[] clock = {1_000 * TwoStacks.MILLI};
    Impairment line = Impairment.none(1).withDelay(5 * TwoStacks.MILLI, 0);
    net =
        new TwoStacks(
            TwoStacks.clientConfig().rmem(4096, 1 << 18, 1 << 18).build(),
            server.gateway("10.9.0.254").build(),
            new ImpairedWire(pair.left(), line, () -> clock[0]),
            wire);
    net.clock = clock;
    new Random(1).nextBytes(file);
    long memory = arena.allocate(FILE).address();
    Memory.copy(file, 0, memory, FILE);
    region = net.serverNic.memory().register(memory, FILE, RegisteredMemory.READ);
  }

  private static final class Download implements ConnectionHandler {
    final byte[] got = new byte[FILE];
    int length;
    boolean ended;
    CloseCause closed;

    @Override
    public int onData(long address, int count) {
      Memory.copy(address, got, length, count);
      length += count;
      return count;
    }

    @Override
    public void onRemoteClosed() {
      ended = true;
    }

    @Override
    public void onClosed(CloseCause cause) {
      closed = cause;
    }
  }

  /** Reads what comes and forgets it. */
  private static class Sink implements ConnectionHandler {
    @Override
    public int onData(long address, int length) {
      return length;
    }

    @Override
    public void onRemoteClosed() {}

    @Override
    public void onClosed(CloseCause cause) {}
  }

  /** The server gives the file to everybody who connects, and closes. */
  UnderAttack serve() {
    net.server.listen(
        0,
        80,
        64,
        c -> {
          c.sendRange(region, 0, FILE, (acked, complete) -> releases++);
          c.shutdownOutput();
          return new Sink() {
            @Override
            public void onRemoteClosed() {
              c.close();
            }
          };
        });
    return this;
  }

  /** The server reads and says nothing, on port 81. */
  UnderAttack listenOnly() {
    net.server.listen(
        0,
        81,
        64,
        c -> {
          idle.add(c);
          return new Sink();
        });
    return this;
  }

  /** The server closes at once, on port 82. */
  UnderAttack closeAtOnce() {
    net.server.listen(
        0,
        82,
        64,
        c -> {
          c.close();
          return new Sink();
        });
    return this;
  }

  /** The honest client starts its download. */
  UnderAttack download() {
    honestConnection = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, honest);
    return this;
  }

  /**
   * The attack goes on, a tick of it each millisecond, until the honest client has its file and so
   * many ticks have passed.
   */
  UnderAttack whileDownloading(int least, IntConsumer attack) {
    for (int i = 0; i < least || !honest.ended; i++) {
      assertThat(i)
          .as("ticks; %d of %d bytes arrived, %s", honest.length, FILE, honest.closed)
          .isLessThan(PATIENCE);
      attack.accept(i);
      ticks++;
      step();
    }
    assertThat(Arrays.equals(honest.got, file)).as("the download is byte-exact").isTrue();
    return this;
  }

  /** A millisecond passes. */
  void step() {
    net.settle();
    measure();
    net.run(TICK);
    measure();
  }

  private void measure() {
    mostConnections = Math.max(mostConnections, net.server.connectionCount());
    mostResources = Math.max(mostResources, net.server.liveResources());
    mostTimeWait = Math.max(mostTimeWait, net.server.timeWaitCount());
  }

  void inject(Forged segment) {
    wire.toServer.add(segment.frame());
  }

  long count(StackCounter counter) {
    return net.server.counters().get(counter);
  }

  /** A segment of the server that the attacker got; null if there is none. */
  Seen next() {
    byte[] frame = wire.toAttacker.poll();
    return frame == null ? null : new Seen(frame);
  }

  /** What the attacker reads in a segment of the server. */
  static final class Seen {
    final int destination;
    final int port;
    final int flags;
    final int sequence;
    final int acknowledgment;

    Seen(byte[] frame) {
      try (Arena arena = Arena.ofConfined()) {
        long at = arena.allocate(frame.length).address();
        Memory.copy(frame, 0, at, frame.length);
        long tcp = at + EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
        destination = Ipv4Header.destination(at + EthernetHeader.LENGTH);
        port = TcpHeader.destinationPort(tcp);
        flags = TcpHeader.flags(tcp);
        sequence = TcpHeader.sequence(tcp);
        acknowledgment = TcpHeader.acknowledgment(tcp);
      }
    }
  }

  /** A handshake of the attacker's; returns the server's initial sequence number. */
  int open(int address, int port, int serverPort, int sequence, Forged syn) {
    wire.toAttacker.clear();
    syn.from(address, port).flags(TcpHeader.SYN).numbers(sequence, 0);
    syn.port = serverPort;
    inject(syn);
    net.settle();
    Seen answer = next();
    assertThat(answer).as("SYN-ACK").isNotNull();
    assertThat(answer.flags & TcpHeader.SYN).isNotZero();
    inject(segment(address, port, serverPort, sequence + 1, answer.sequence + 1, syn.window));
    net.settle();
    return answer.sequence;
  }

  /** A bare ACK of the attacker's. */
  static Forged segment(
      int address, int port, int serverPort, int sequence, int acknowledgment, int window) {
    Forged f = new Forged().from(address, port).flags(TcpHeader.ACK);
    f.port = serverPort;
    return f.numbers(sequence, acknowledgment).window(window);
  }

  /** Everything ends, and everything comes back. */
  @Override
  public void close() {
    honestConnection.close();
    wire.toServer.clear();
    // Nothing else ends a connection that is idle on both sides.
    idle.forEach(TcpConnection::abort);
    for (int i = 0; i < 40 && net.server.connectionCount() > 0; i++) {
      net.run(60_000 * TwoStacks.MILLI);
    }
    assertThat(net.server.connectionCount()).as("connections in the end").isZero();
    assertThat(net.server.liveResources()).as("blocks and objects in the end").isZero();
    net.run(121_000 * TwoStacks.MILLI);
    assertThat(net.server.timeWaitCount()).isZero();
    net.close();
    arena.close();
  }
}
