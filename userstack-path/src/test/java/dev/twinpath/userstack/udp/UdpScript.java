package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.tcp.ScriptWire;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A stack whose link is a test, and sockets that keep what they hear. */
final class UdpScript implements AutoCloseable {
  static final long STACK_MAC = 0x020000000002L;
  static final long PEER_MAC = 0x020000000001L;
  static final String STACK = "192.0.2.1";
  static final String PEER = "192.0.2.2";
  static final String STACK6 = "2001:db8::1";
  static final String PEER6 = "2001:db8::2";

  final ScriptWire wire = new ScriptWire();
  final Nic nic;
  final StackShard stack;
  final Arena arena = Arena.ofShared();
  final long memory = arena.allocate(1 << 17).address();
  long now = 100_000_000_000L;

  UdpScript() {
    this(NicConfig.defaults(STACK_MAC));
  }

  UdpScript(NicConfig nicConfig) {
    nic = new Nic(nicConfig, wire);
    StackConfig config =
        StackConfig.builder()
            .address(STACK + "/24")
            .address(STACK6 + "/64")
            .ip(IpConfig.defaults().withDadTransmits(0))
            .sendSlab(1 << 20)
            .receivePool(1 << 20)
            .receiveBuffers(64)
            .build();
    stack = new StackShard(config, nic, 0, 42, now);
  }

  /** A handler that keeps what it hears, as text, and takes datagrams if it is told to. */
  static final class Heard implements UdpHandler {
    final List<String> datagrams = new ArrayList<>();
    final List<IcmpError.Kind> errors = new ArrayList<>();
    boolean takes = true;
    int queued;
    int writable;

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      if (takes) {
        datagrams.add(text(high, low, port, Memory.toArray(address, length)));
      }
      return takes;
    }

    @Override
    public void onQueued() {
      queued++;
    }

    @Override
    public void onError(IcmpError.Kind kind) {
      errors.add(kind);
    }

    @Override
    public void onWritable() {
      writable++;
    }
  }

  /** {@code address:port length}; the payload must be the pattern. */
  static String text(long high, long low, int port, byte[] payload) {
    assertThat(payload).isEqualTo(Frames.pattern(payload.length));
    return new IpAddress(high, low) + ":" + port + " " + payload.length;
  }

  UdpSocket socket(Heard heard) {
    return stack.udpSocket(heard);
  }

  UdpSocket bound(Heard heard, int port) {
    UdpSocket socket = socket(heard);
    socket.bind(IpAddress.ANY, port);
    return socket;
  }

  /** Sends so many bytes of the pattern. */
  SendResult send(UdpSocket socket, String destination, int port, int length) {
    IpAddress to = IpAddress.parse(destination);
    SendResult result = socket.send(to.high(), to.low(), port, pattern(length), length);
    run();
    return result;
  }

  long pattern(int length) {
    Memory.copy(Frames.pattern(length), 0, memory, length);
    return memory;
  }

  /** Takes the first datagram out of a socket's queue. */
  String receive(UdpSocket socket) {
    long high = socket.nextSourceHigh();
    long low = socket.nextSourceLow();
    int port = socket.nextSourcePort();
    int length = socket.nextLength();
    socket.receive(memory, length);
    return text(high, low, port, Memory.toArray(memory, length));
  }

  long count(StackCounter counter) {
    return stack.counters().get(counter);
  }

  UdpScript run() {
    for (int idle = 0, i = 0; idle < 2; i++) {
      assertThat(i).as("polls at one time").isLessThan(100_000);
      idle = stack.poll(now) == 0 ? idle + 1 : 0;
    }
    return this;
  }

  /** A frame arrives. */
  UdpScript in(byte[] frame) {
    wire.toStack.add(frame);
    return run();
  }

  /** An IPv4 packet arrives from the peer. */
  UdpScript in4(byte[] packet) {
    return in(Frames.ethernet(STACK_MAC, PEER_MAC, 0x0800, packet));
  }

  /** A datagram of the pattern arrives from the peer. */
  UdpScript datagram(int fromPort, String to, int port, int length) {
    return datagram(PEER, fromPort, to, port, length);
  }

  UdpScript datagram(String from, int fromPort, String to, int port, int length) {
    byte[] udp = Frames.udp(from, to, fromPort, port, Frames.pattern(length));
    return in4(Frames.ipv4(from, to, Frames.UDP, 1, 0, udp));
  }

  /** An IPv6 packet arrives from the peer. */
  UdpScript in6(byte[] packet) {
    return in(Frames.ethernet(STACK_MAC, PEER_MAC, 0x86dd, packet));
  }

  /** A datagram of the pattern arrives from the peer's IPv6 address. */
  UdpScript datagram6(int fromPort, int port, int length) {
    byte[] udp = Frames.udp(PEER6, STACK6, fromPort, port, Frames.pattern(length));
    return in6(Frames.ipv6(PEER6, STACK6, Frames.UDP, 64, udp));
  }

  /** The peer asks for the stack's link address, and so tells its own (RFC 4861). */
  UdpScript learnPeer6() {
    byte[] body = Frames.join(Frames.address(STACK6), Frames.bytes(1, 1), Frames.mac(PEER_MAC));
    in6(
        Frames.ipv6(
            PEER6, STACK6, Frames.ICMP6, 255, Frames.icmp6(PEER6, STACK6, 135, 0, 0, body)));
    wire.fromStack.clear();
    return this;
  }

  /** The next packet is a datagram of the pattern over IPv6, right in every field. */
  byte[] outDatagram6(int fromPort, int port, int length) {
    byte[] packet = outPacket();
    byte[] udp = Frames.udp(STACK6, PEER6, fromPort, port, Frames.pattern(length));
    assertThat(packet).isEqualTo(Frames.ipv6(STACK6, PEER6, Frames.UDP, 64, udp));
    return packet;
  }

  /** The peer says its link address. */
  UdpScript learnPeer() {
    return learn(PEER);
  }

  UdpScript learn(String address) {
    in(
        Frames.ethernet(
            0xffffffffffffL, PEER_MAC, 0x0806, Frames.arp(1, PEER_MAC, address, 0, STACK)));
    run();
    wire.fromStack.clear();
    return this;
  }

  /** The next frame that the stack sent. */
  byte[] out() {
    run();
    byte[] frame = wire.fromStack.poll();
    assertThat(frame).as("the stack sent nothing").isNotNull();
    return frame;
  }

  /** The next packet that the stack sent: its frame without the Ethernet header. */
  byte[] outPacket() {
    byte[] frame = out();
    return Arrays.copyOfRange(frame, Frames.IP, frame.length);
  }

  /**
   * The next packet is a datagram of the pattern, right in every field that has one right value.
   */
  byte[] outDatagram(int fromPort, String to, int port, int length) {
    byte[] packet = outPacket();
    byte[] udp = Frames.udp(STACK, to, fromPort, port, Frames.pattern(length));
    assertThat(Frames.half(packet, 2)).as("total length").isEqualTo(packet.length);
    assertThat(packet[9]).as("protocol").isEqualTo((byte) Frames.UDP);
    assertThat(Frames.checksum(Arrays.copyOf(packet, 20))).as("header checksum").isZero();
    assertThat(Arrays.copyOfRange(packet, 12, 16)).isEqualTo(Frames.address(STACK));
    assertThat(Arrays.copyOfRange(packet, 16, 20)).isEqualTo(Frames.address(to));
    assertThat(Arrays.copyOfRange(packet, 20, packet.length)).isEqualTo(udp);
    return packet;
  }

  /** The stack has sent nothing more. */
  UdpScript nothing() {
    run();
    assertThat(wire.fromStack.stream().map(HexFormat.of()::formatHex).toList()).isEmpty();
    return this;
  }

  @Override
  public void close() {
    stack.close();
    assertThat(stack.liveResources()).isZero();
    nic.close();
    arena.close();
  }
}
