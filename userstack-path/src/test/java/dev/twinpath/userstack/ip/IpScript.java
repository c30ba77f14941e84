package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.tcp.ScriptWire;
import java.util.ArrayList;
import java.util.List;

/** A stack whose link is a test: packets in, packets out, on a clock that the test turns. */
final class IpScript implements AutoCloseable {
  static final long MILLI = 1_000_000L;
  static final long STACK_MAC = 0x020000000002L;
  static final long PEER_MAC = 0x020000000001L;
  static final String STACK = "192.0.2.1";
  static final String PEER = "192.0.2.2";
  static final String STACK6 = "2001:db8::1";
  static final String PEER6 = "2001:db8::2";

  /** What the stack makes of its MAC address. */
  static final String LINK_LOCAL = "fe80::ff:fe00:2";

  static final String ALL_NODES = "ff02::1";
  static final String STACK_GROUP = "ff02::1:ff00:1";
  static final String PEER_GROUP = "ff02::1:ff00:2";

  final ScriptWire wire = new ScriptWire();
  final Nic nic = new Nic(NicConfig.defaults(STACK_MAC), wire);
  final StackShard stack;
  long now = 100_000 * MILLI;

  IpScript() {
    this(config());
  }

  IpScript(StackConfig.Builder config) {
    stack = new StackShard(config.build(), nic, 0, 42, now);
  }

  static StackConfig.Builder config() {
    return StackConfig.builder()
        .address(STACK + "/24")
        .sendSlab(1 << 20)
        .receivePool(4 << 20)
        .receiveBuffers(64);
  }

  /** Both IP versions, and no detection of duplicates. */
  static StackConfig.Builder config6() {
    return config().address(STACK6 + "/64").ip(IpConfig.defaults().withDadTransmits(0));
  }

  static IpScript v6() {
    return new IpScript(config6());
  }

  long count(StackCounter counter) {
    return stack.counters().get(counter);
  }

  IpScript run() {
    for (int idle = 0, i = 0; idle < 2; i++) {
      assertThat(i).as("polls at one time").isLessThan(100_000);
      idle = stack.poll(now) == 0 ? idle + 1 : 0;
    }
    return this;
  }

  /** Lets milliseconds pass, from deadline to deadline. */
  IpScript after(long millis) {
    long end = now + millis * MILLI;
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

  /** A frame arrives. */
  IpScript in(byte[] frame) {
    wire.toStack.add(frame);
    return run();
  }

  /** An IPv4 packet arrives from the peer. */
  IpScript in4(byte[] packet) {
    return in(Frames.ethernet(STACK_MAC, PEER_MAC, 0x0800, packet));
  }

  /** An IPv6 packet arrives from the peer. */
  IpScript in6(byte[] packet) {
    return in(Frames.ethernet(STACK_MAC, PEER_MAC, 0x86dd, packet));
  }

  /** An IPv6 packet to a group arrives. */
  IpScript inGroup(byte[] packet) {
    long group = 0x333300000000L | Frames.word(packet, 36) & 0xffffffffL;
    return in(Frames.ethernet(group, PEER_MAC, 0x86dd, packet));
  }

  /** A neighbour solicitation with the asker's link address. */
  static byte[] solicitation(String source, String destination, String target, long mac) {
    byte[] body = Frames.join(Frames.address(target), Frames.bytes(1, 1), Frames.mac(mac));
    return Frames.ipv6(
        source, destination, Frames.ICMP6, 255, Frames.icmp6(source, destination, 135, 0, 0, body));
  }

  /** A probe of duplicate address detection. */
  static byte[] probe(String target, byte... options) {
    IpAddress address = IpAddress.parse(target);
    String group =
        new IpAddress(0xff02L << 48, 0x1_ff00_0000L | address.low() & 0xffffff).toString();
    byte[] body = Frames.join(Frames.address(target), options);
    return Frames.ipv6("::", group, Frames.ICMP6, 255, Frames.icmp6("::", group, 135, 0, 0, body));
  }

  /**
   * A neighbour advertisement.
   *
   * @param flags of "RSO"
   * @param mac -1 = no link address in it
   */
  static byte[] advertisement(
      String source, String destination, String target, String flags, long mac) {
    int bits =
        (flags.contains("R") ? 1 << 31 : 0)
            | (flags.contains("S") ? 1 << 30 : 0)
            | (flags.contains("O") ? 1 << 29 : 0);
    byte[] option = mac == -1 ? new byte[0] : Frames.join(Frames.bytes(2, 1), Frames.mac(mac));
    byte[] body = Frames.join(Frames.address(target), option);
    return Frames.ipv6(
        source,
        destination,
        Frames.ICMP6,
        255,
        Frames.icmp6(source, destination, 136, 0, bits, body));
  }

  /** The peer asks for our IPv6 address, and thereby says its own. */
  IpScript learnPeer6() {
    inGroup(solicitation(PEER6, STACK_GROUP, STACK6, PEER_MAC));
    drain();
    return this;
  }

  NeighborCache neighbors() {
    return stack.ip().neighbors();
  }

  /** The entry of a neighbour, or null. */
  Neighbor neighbor(String address) {
    IpAddress a = IpAddress.parse(address);
    return neighbors().find(a.high(), a.low());
  }

  /** The peer says its link address. */
  IpScript learnPeer() {
    in(Frames.ethernet(0xffffffffffffL, PEER_MAC, 0x0806, Frames.arp(1, PEER_MAC, PEER, 0, STACK)));
    drain();
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
    return java.util.Arrays.copyOfRange(frame, Frames.IP, frame.length);
  }

  /** All frames that the stack has sent, taken. */
  List<byte[]> drain() {
    run();
    List<byte[]> all = new ArrayList<>(wire.fromStack);
    wire.fromStack.clear();
    return all;
  }

  /** The stack has sent nothing more. */
  IpScript nothing() {
    run();
    assertThat(wire.fromStack.stream().map(java.util.HexFormat.of()::formatHex).toList()).isEmpty();
    return this;
  }

  @Override
  public void close() {
    stack.close();
    nic.close();
  }
}
