package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.Ipv4Address;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TestHandler;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A test that plays the peer of one stack, packet by packet, on a clock of its own.
 *
 * <p>{@link #in} gives the stack a segment, {@link #out} takes the next one that it sent and
 * compares what is named. Notation, near to tcpdump's and packetdrill's:
 *
 * <pre>
 *   FLAGS SEQ[:END] [ack N] [win N] [ecn N] [mss N] [ws N] [sackOK] [ts VALUE ECHO] [sack A-B,C-D]
 * </pre>
 *
 * FLAGS are letters of SFRPUEC and {@code .} for ACK. Numbers count from the sender's SYN, which is
 * 0. A star stands for any value. Payload is a pattern of its position, checked both ways. The MSS
 * of the peer is 1460 where nothing is said, timestamps are only used where they are.
 */
final class Transcript implements AutoCloseable {
  static final long MILLI = 1_000_000L;
  static final int PEER_SEQUENCE = 0x7ffffff0;
  static final long STACK_MAC = 0x020000000002L;
  static final long PEER_MAC = 0x020000000001L;
  static final int STACK_ADDRESS = Ipv4Address.parse("192.0.2.1");
  static final int PEER_ADDRESS = Ipv4Address.parse("192.0.2.2");

  final ScriptWire wire = new ScriptWire();
  final Nic nic;
  final Family family;
  final StackShard stack;
  final TestHandler app = new TestHandler();
  final Arena arena = Arena.ofShared();
  long now = 100_000 * MILLI;
  int stackPort = 80;
  int peerPort = 40000;
  boolean answerArp = true;
  TcpListener listener;

  /** The stack's initial sequence number, known from its first segment. */
  int stackSequence;

  boolean stackSequenceKnown;
  int stackTimestamp;
  boolean stackTimestampKnown;

  /** The Fast Open cookie that the stack sent last, in hexadecimal. */
  String fastOpenCookie = "";

  private final long scratch = arena.allocate(1 << 16).address();
  final long scratch2 = arena.allocate(1 << 16).address();
  private long pattern;
  private int patternRegion = -1;

  Transcript() {
    this(config());
  }

  Transcript(StackConfig.Builder config) {
    this(config, Family.IPV4);
  }

  /** Over IPv6 the stack has its IPv4 address too, and asks nobody whether the other is free. */
  Transcript(StackConfig.Builder config, Family family) {
    this(config, NicConfig.defaults(STACK_MAC).maxFlows(), family);
  }

  /** With a NIC that knows no more than so many flows. */
  Transcript(StackConfig.Builder config, int flows) {
    this(config, flows, Family.IPV4);
  }

  private Transcript(StackConfig.Builder config, int flows, Family family) {
    nic = new Nic(NicConfig.defaults(STACK_MAC).withMaxFlows(flows), wire);
    this.family = family;
    if (family == Family.IPV6) {
      config.address(family.stack + "/64").ip(IpConfig.defaults().withDadTransmits(0));
    }
    stack = new StackShard(config.build(), nic, 0, 42, now);
  }

  /** With NewReno, whose windows are easy to reckon; tests of another say so. */
  static StackConfig.Builder config() {
    return StackConfig.builder()
        .congestionControl("reno")
        .address("192.0.2.1/24")
        .sendSlab(1 << 20)
        .receivePool(4 << 20)
        .receiveBuffers(64);
  }

  // --- application

  Transcript listen() {
    return listen(16);
  }

  Transcript listen(int backlog) {
    listener =
        stack.listen(
            0,
            stackPort,
            backlog,
            c -> {
              app.connection = c;
              return app;
            });
    return this;
  }

  /** The stack begins a connection to the peer. */
  Transcript connect() {
    app.connection = stack.connect(IpAddress.ANY, 0, family.peer, peerPort, app);
    return run();
  }

  TcpConnection connection() {
    return app.connection;
  }

  static ConnectionInfo info(TestHandler handler) {
    return handler.connection.info();
  }

  ConnectionInfo info() {
    return app.connection.info();
  }

  /** Queues so many bytes of the pattern as a page range and flushes. */
  Transcript write(int length) {
    writeMore(length);
    app.connection.flush();
    return run();
  }

  /** Queues without flush. */
  Transcript writeMore(int length) {
    if (patternRegion < 0) {
      int size = 4 << 20;
      pattern = arena.allocate(size).address();
      for (int i = 0; i < size; i++) {
        Memory.putByte(pattern + i, patternByte(i));
      }
      patternRegion = nic.memory().register(pattern, size, RegisteredMemory.READ);
    }
    long position = app.connection.bytesAcked() + app.connection.unackedBytes();
    position += app.connection.unsentBytes();
    app.connection.sendRange(patternRegion, position, length, null);
    return this;
  }

  static int patternByte(long position) {
    return (int) (position * 31 + (position >> 8) * 7) & 0xff;
  }

  /** What the application got is the pattern, so many bytes of it. */
  Transcript received(int length) {
    byte[] bytes = app.received.toByteArray();
    assertThat(bytes.length).as("bytes received").isEqualTo(length);
    for (int i = 0; i < length; i++) {
      assertThat(bytes[i] & 0xff).as("byte %d", i).isEqualTo(patternByte(i));
    }
    return this;
  }

  long count(StackCounter counter) {
    return stack.counters().get(counter);
  }

  // --- time

  /** Lets the stack do all there is to do at this time. */
  Transcript run() {
    int idle = 0;
    for (int i = 0; idle < 2; i++) {
      assertThat(i).as("polls at one time").isLessThan(100_000);
      idle = stack.poll(now) == 0 && !answerArp() ? idle + 1 : 0;
    }
    return this;
  }

  /** Lets milliseconds pass. */
  Transcript after(long millis) {
    return afterNanos(millis * MILLI);
  }

  Transcript afterNanos(long nanos) {
    long end = now + nanos;
    while (true) {
      long next = Math.max(now + 1, stack.nextDeadlineNanos());
      if (next > end) {
        break;
      }
      now = next;
      run();
    }
    now = end;
    return run();
  }

  /** The stack sends nothing for so long. */
  Transcript silence(long millis) {
    after(millis);
    return nothing();
  }

  /** The stack has sent nothing more. */
  Transcript nothing() {
    run();
    assertThat(wire.fromStack.stream().map(this::text).toList()).isEmpty();
    return this;
  }

  private boolean answerArp() {
    if (!answerArp || wire.fromStack.isEmpty()) {
      return false;
    }
    List<byte[]> kept = new ArrayList<>();
    boolean answered = false;
    byte[] frame;
    while ((frame = wire.fromStack.poll()) != null) {
      Memory.copy(frame, 0, scratch, frame.length);
      long arp = scratch + EthernetHeader.LENGTH;
      if (EthernetHeader.type(scratch) == EthernetHeader.TYPE_ARP
          && ArpHeader.operation(arp) == ArpHeader.REQUEST) {
        arpReply(ArpHeader.targetAddress(arp));
        answered = true;
      } else if (Family.advertisement(frame) != null) {
        wire.toStack.add(Family.advertisement(frame));
        answered = true;
      } else {
        kept.add(frame);
      }
    }
    wire.fromStack.addAll(kept);
    return answered;
  }

  void arpReply(int address) {
    EthernetHeader.write(scratch, STACK_MAC, PEER_MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(
        scratch + EthernetHeader.LENGTH,
        ArpHeader.REPLY,
        PEER_MAC,
        address,
        STACK_MAC,
        STACK_ADDRESS);
    wire.toStack.add(Memory.toArray(scratch, EthernetHeader.LENGTH + ArpHeader.LENGTH));
  }

  // --- packets in

  /** The peer sends a segment; the stack takes it at once. */
  Transcript in(String text) {
    wire.toStack.add(packet(text));
    return run();
  }

  /** The peer sends segments that arrive together. */
  Transcript inTogether(String... texts) {
    for (String text : texts) {
      wire.toStack.add(packet(text));
    }
    return run();
  }

  /** A frame as it is. */
  Transcript raw(byte[] frame) {
    wire.toStack.add(frame);
    return run();
  }

  byte[] packet(String text) {
    Notation n = Notation.parse(text);
    long ip = scratch + EthernetHeader.LENGTH;
    long tcp = ip + family.header;
    int header = TcpHeader.MIN_LENGTH + n.writeOptions(this, tcp + TcpHeader.MIN_LENGTH);
    int length = header + n.payload();
    family.write(scratch, Math.max(0, n.ecn), length);
    TcpHeader.write(
        tcp,
        peerPort,
        stackPort,
        PEER_SEQUENCE + (int) n.sequence,
        n.acknowledgment < 0 ? 0 : stackSequence + (int) n.acknowledgment,
        header,
        n.flags,
        n.window < 0 ? 65535 : n.window,
        0);
    for (int i = 0; i < n.payload(); i++) {
      // The first byte of the stream has number 1, also when it comes with the SYN.
      Memory.putByte(tcp + header + i, patternByte(Math.max(0, n.sequence - 1) + i));
    }
    int sum = Checksum.add(family.pseudo(ip, length), Checksum.sum(tcp, length));
    TcpHeader.checksum(tcp, Checksum.finish(sum));
    return Memory.toArray(scratch, EthernetHeader.LENGTH + family.header + length);
  }

  // --- packets out

  /** The next segment that the stack sent, compared with what is named. */
  Transcript out(String text) {
    run();
    byte[] frame = wire.fromStack.poll();
    assertThat(frame).as("expected %s, the stack sent nothing", text).isNotNull();
    Notation expected = Notation.parse(text);
    Notation actual = dissect(frame);
    String difference = expected.difference(actual);
    assertThat(difference).as("expected %s, got %s, then %s", text, actual, rest()).isEmpty();
    return this;
  }

  private List<String> rest() {
    return wire.fromStack.stream().limit(8).map(this::text).toList();
  }

  /** How many frames the stack has sent, and forgets them. */
  int drain() {
    run();
    int count = wire.fromStack.size();
    wire.fromStack.clear();
    return count;
  }

  private String text(byte[] frame) {
    try {
      return dissect(frame).toString();
    } catch (AssertionError e) {
      return "frame of " + frame.length + " bytes";
    }
  }

  /** Checks everything that must hold of every segment, and takes it apart. */
  Notation dissect(byte[] frame) {
    Memory.copy(frame, 0, scratch, frame.length);
    long ip = scratch + EthernetHeader.LENGTH;
    family.check(scratch, frame.length);
    long tcp = ip + family.header;
    int length = frame.length - EthernetHeader.LENGTH - family.header;
    int sum = family.pseudo(ip, length);
    assertThat(Checksum.verifies(Checksum.add(sum, Checksum.sum(tcp, length))))
        .as("TCP checksum")
        .isTrue();
    assertThat(TcpHeader.destinationPort(tcp)).isEqualTo(peerPort);
    if (!stackSequenceKnown && (TcpHeader.flags(tcp) & TcpHeader.SYN) != 0) {
      stackPort = TcpHeader.sourcePort(tcp);
      stackSequence = TcpHeader.sequence(tcp);
      stackSequenceKnown = true;
    }
    Notation n = Notation.read(this, tcp, length);
    n.ecn = family.ecn(ip);
    int header = TcpHeader.headerLength(tcp);
    boolean data = (n.flags & TcpHeader.SYN) == 0 && n.sequence >= 1;
    for (int i = header; data && i < length; i++) {
      assertThat(Memory.getByte(tcp + i))
          .as("byte %d of the stack's stream", n.sequence - 1 + i - header)
          .isEqualTo(patternByte(n.sequence - 1 + i - header));
    }
    return n;
  }

  // --- common beginnings

  /** A passive open without options but the MSS; the connection is established. */
  Transcript established() {
    listen();
    in("S 0 mss 1460");
    out("S. 0 ack 1");
    in(". 1 ack 1");
    assertThat(app.connection).isNotNull();
    return nothing();
  }

  /** A passive open with SACK and window scaling by 7; the round trip takes 20 ms. */
  Transcript establishedWithSack() {
    listen();
    in("S 0 mss 1460 sackOK ws 7");
    out("S. 0 ack 1 sackOK ws *");
    after(20);
    in(". 1 ack 1 win 8000");
    return nothing();
  }

  /** The same with timestamps, the peer's clock at 1000. */
  Transcript establishedWithTimestamps() {
    listen();
    in("S 0 mss 1460 sackOK ts 1000 0 ws 7");
    out("S. 0 ack 1 sackOK ts * 1000 ws *");
    after(20);
    in(". 1 ack 1 win 8000 ts 1001 0");
    return nothing();
  }

  @Override
  public void close() {
    stack.close();
    long violations = nic.queuePair(0).counters().templateViolations();
    nic.close();
    arena.close();
    if (violations != 0) {
      throw new AssertionError(violations + " packets broke their send templates");
    }
  }
}
