package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.Ipv4Address;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** ARP (RFC 826), IPv4 (RFC 1122 section 3.2.1) and ICMP (RFC 792, RFC 5927) as frames. */
class LinkLayerTest {
  private static final long STACK_MAC = 0x020000000002L;
  private static final long PEER_MAC = 0x020000000001L;
  private static final int IP = EthernetHeader.LENGTH;
  private static final int DATA = IP + Ipv4Header.MIN_LENGTH;

  private static byte[] arp(Transcript t, int operation, int sender, int target, long mac) {
    long at = t.arena.allocate(64).address();
    EthernetHeader.write(at, EthernetHeader.BROADCAST, mac, EthernetHeader.TYPE_ARP);
    ArpHeader.write(at + IP, operation, mac, sender, 0, target);
    return Memory.toArray(at, IP + ArpHeader.LENGTH);
  }

  private static byte[] echo(Transcript t, int payload, int destination) {
    long at = t.arena.allocate(2000).address();
    EthernetHeader.write(at, STACK_MAC, PEER_MAC, EthernetHeader.TYPE_IPV4);
    int length = IcmpHeader.LENGTH + payload;
    Ipv4Header.write(
        at + IP,
        0,
        Ipv4Header.MIN_LENGTH + length,
        1,
        0,
        64,
        Ipv4Header.PROTOCOL_ICMP,
        Transcript.PEER_ADDRESS,
        destination);
    Ipv4Header.writeChecksum(at + IP);
    IcmpHeader.write(at + DATA, IcmpHeader.ECHO_REQUEST, 0, 0x12340001);
    Memory.fill(at + DATA + IcmpHeader.LENGTH, payload, 0x5a);
    IcmpHeader.writeChecksum(at + DATA, length);
    return Memory.toArray(at, DATA + length);
  }

  /** Destination unreachable that quotes a segment of ours. */
  static byte[] unreachable(Transcript t, int code, int mtu, long sequence) {
    long at = t.arena.allocate(200).address();
    EthernetHeader.write(at, STACK_MAC, PEER_MAC, EthernetHeader.TYPE_IPV4);
    int length = IcmpHeader.LENGTH + Ipv4Header.MIN_LENGTH + 8;
    Ipv4Header.write(
        at + IP,
        0,
        Ipv4Header.MIN_LENGTH + length,
        1,
        0,
        64,
        Ipv4Header.PROTOCOL_ICMP,
        Transcript.PEER_ADDRESS,
        Transcript.STACK_ADDRESS);
    Ipv4Header.writeChecksum(at + IP);
    IcmpHeader.write(at + DATA, IcmpHeader.DESTINATION_UNREACHABLE, code, mtu);
    long quoted = at + DATA + IcmpHeader.LENGTH;
    Ipv4Header.write(
        quoted,
        0,
        1500,
        0,
        Ipv4Header.DONT_FRAGMENT,
        64,
        Ipv4Header.PROTOCOL_TCP,
        Transcript.STACK_ADDRESS,
        Transcript.PEER_ADDRESS);
    Memory.putShortBE(quoted + 20, t.stackPort);
    Memory.putShortBE(quoted + 22, t.peerPort);
    Memory.putIntBE(quoted + 24, t.stackSequence + (int) sequence);
    IcmpHeader.writeChecksum(at + DATA, length);
    return Memory.toArray(at, DATA + length);
  }

  @Test
  void anArpRequestForOurAddressIsAnsweredAndTeaches() {
    try (Transcript t = new Transcript()) {
      t.answerArp = false;
      t.raw(arp(t, ArpHeader.REQUEST, Transcript.PEER_ADDRESS, Transcript.STACK_ADDRESS, PEER_MAC));
      byte[] reply = t.wire.fromStack.poll();
      assertThat(reply).hasSize(42);
      assertThat(reply[21]).isEqualTo((byte) ArpHeader.REPLY);
      t.listen().in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.count(StackCounter.ARP_REQUESTS_OUT)).as("nothing to ask").isZero();
    }
  }

  @Test
  void requestsForOthersAndClaimsOfOurAddressTeachNothing() {
    try (Transcript t = new Transcript()) {
      int other = Ipv4Address.parse("192.0.2.77");
      t.raw(arp(t, ArpHeader.REQUEST, Transcript.PEER_ADDRESS, other, PEER_MAC)).nothing();
      t.raw(arp(t, ArpHeader.REPLY, Transcript.STACK_ADDRESS, Transcript.STACK_ADDRESS, 5));
      t.raw(arp(t, ArpHeader.REPLY, other, other, PEER_MAC)).nothing();
      assertThat(t.count(StackCounter.ADDRESS_CONFLICTS)).isEqualTo(1);
    }
  }

  @Test
  void aSynFromAnUnknownNeighbourIsAnsweredAfterResolution() {
    try (Transcript t = new Transcript().listen()) {
      t.answerArp = false;
      t.in("S 0 mss 1460");
      assertThat(t.wire.fromStack).hasSize(1);
      assertThat(t.drain()).isEqualTo(1);
      t.arpReply(Transcript.PEER_ADDRESS);
      t.run().out("S. 0 ack 1");
    }
  }

  @Test
  void aGratuitousArpMovesAConnectionToTheNewLinkAddress() {
    try (Transcript t = new Transcript().established()) {
      // As Linux's locktime: what was learnt lately is not overthrown.
      t.after(1000);
      t.raw(
          arp(
              t,
              ArpHeader.REQUEST,
              Transcript.PEER_ADDRESS,
              Transcript.PEER_ADDRESS,
              PEER_MAC + 8));
      t.write(10);
      byte[] frame = t.wire.fromStack.poll();
      assertThat(frame[5]).isEqualTo((byte) (PEER_MAC + 8));
      assertThat(t.nic.queuePair(0).counters().templateViolations()).isZero();
    }
  }

  @Test
  void echoIsAnsweredWithTheSamePayload() {
    try (Transcript t = new Transcript()) {
      byte[] request = echo(t, 1000, Transcript.STACK_ADDRESS);
      t.raw(request);
      byte[] reply = t.wire.fromStack.poll();
      assertThat(reply).hasSize(request.length);
      assertThat(reply[DATA]).isZero();
      assertThat(java.util.Arrays.copyOfRange(reply, DATA + 4, reply.length))
          .isEqualTo(java.util.Arrays.copyOfRange(request, DATA + 4, request.length));
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void anEchoToEverybodyIsNotAnswered() {
    try (Transcript t = new Transcript()) {
      t.raw(echo(t, 10, Ipv4Address.parse("192.0.2.255"))).nothing();
    }
  }

  @Test
  void badHeadersAreCounted() {
    try (Transcript t = new Transcript().listen()) {
      byte[] broken = t.packet("S 0 mss 1460");
      broken[IP + 10] ^= 1;
      t.raw(broken).nothing();
      assertThat(t.count(StackCounter.IP_CHECKSUM_ERRORS)).isEqualTo(1);
      byte[] damaged = t.packet("S 0 mss 1460");
      damaged[DATA + 8] ^= 1;
      t.raw(damaged).nothing();
      assertThat(t.count(StackCounter.CHECKSUM_ERRORS)).isEqualTo(1);
      byte[] land = t.packet("S 0 mss 1460");
      System.arraycopy(land, IP + 16, land, IP + 12, 4);
      fixChecksum(t, land);
      t.raw(land).nothing();
      assertThat(t.count(StackCounter.IP_SOURCE_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void ipOptionsAreSkipped() {
    try (Transcript t = new Transcript().listen()) {
      byte[] plain = t.packet("S 0 mss 1460");
      byte[] optioned = new byte[plain.length + 4];
      System.arraycopy(plain, 0, optioned, 0, DATA);
      optioned[DATA] = 1;
      optioned[DATA + 1] = 1;
      optioned[DATA + 2] = 1;
      System.arraycopy(plain, DATA, optioned, DATA + 4, plain.length - DATA);
      optioned[IP] = 0x46;
      optioned[IP + 3] += 4;
      fixChecksum(t, optioned);
      t.raw(optioned).out("S. 0 ack 1");
    }
  }

  private static void fixChecksum(Transcript t, byte[] frame) {
    long at = t.arena.allocate(frame.length).address();
    Memory.copy(frame, 0, at, frame.length);
    Ipv4Header.checksum(at + IP, 0);
    int sum = Checksum.sum(at + IP, Ipv4Header.headerLength(at + IP));
    Ipv4Header.checksum(at + IP, Checksum.finish(sum));
    Memory.copy(at, frame, 0, frame.length);
  }

  @Test
  void portUnreachableRefusesAnOpenButNotAConnection() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.raw(unreachable(t, 3, 0, 5));
      assertThat(t.count(StackCounter.ICMP_OUT_OF_WINDOW)).isEqualTo(1);
      assertThat(t.app.closed).isNull();
      t.raw(unreachable(t, 3, 0, 0));
      assertThat(t.app.closed).isEqualTo(CloseCause.REFUSED);
    }
    try (Transcript t = new Transcript().established()) {
      t.write(1000).drain();
      t.raw(unreachable(t, 3, 0, 1));
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void fragmentationNeededShrinksTheSegments() {
    try (Transcript t = new Transcript().established()) {
      t.write(2920);
      assertThat(t.drain()).isEqualTo(2);
      t.raw(unreachable(t, 4, 1000, 1));
      t.out(". 1:961").out(". 961:1921").out(". 1921:2881").out("P. 2881:2921");
      assertThat(t.info().mss()).isEqualTo(960);
      t.raw(unreachable(t, 4, 68, 1));
      assertThat(t.info().mss()).as("never below Linux's min_pmtu").isEqualTo(512);
    }
  }

  @Test
  void aFullTransmitRingIsWaitedFor() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.wire.blocked = true;
      t.write(1_000_000);
      t.wire.blocked = false;
      t.run();
      assertThat(t.drain()).isEqualTo(10);
    }
  }
}
