package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.testsupport.Packets;
import java.util.Optional;
import java.util.Random;

/**
 * Sends TCP with all that a NIC offers and looks at what arrives at the wire's other end: every
 * checksum is right there or completes to what is right, and no byte is missing.
 */
final class OffloadChecks {
  private static final int PAYLOAD_AT = 4096;
  private static final int SEQUENCE = 1_000_000;
  private static final int ROUNDS = 2_000_000;

  private final TestHost sender;
  private final RawEnd receiver;
  private final ParsedPacket packet = new ParsedPacket();

  OffloadChecks(TestHost sender, RawEnd receiver) {
    this.sender = sender;
    this.receiver = receiver;
  }

  /**
   * One packet of {@code payload} bytes, to be cut at {@code size}.
   *
   * @param segmentSize 0 for a packet that needs only its checksum
   */
  void tcpArrives(boolean ipv4, int payload, int segmentSize) {
    byte[] expected = new byte[payload];
    new Random(payload).nextBytes(expected);
    send(ipv4, expected, segmentSize);
    byte[] got = new byte[payload];
    int bytes = 0;
    for (int round = 0; round < ROUNDS && bytes < payload; round++) {
      sender.poll();
      Optional<Integer> length = receiver.look(70_000);
      if (length.isPresent()) {
        bytes += segment(length.get(), segmentSize, got);
      }
    }
    assertThat(bytes).as("bytes that arrived").isEqualTo(payload);
    assertThat(got).isEqualTo(expected);
  }

  private void send(boolean ipv4, byte[] payload, int segmentSize) {
    long at = sender.slab;
    byte[] options = {1, 1, 1, 1};
    int flags = TcpHeader.ACK | TcpHeader.PSH;
    int headers =
        ipv4
            ? Packets.tcp4(at, SEQUENCE, flags, options, payload.length, Packets.PEER_MAC)
            : Packets.tcp6(at, SEQUENCE, flags, options, payload.length, Packets.PEER_MAC);
    Memory.copy(payload, 0, at + PAYLOAD_AT, payload.length);
    int cut = ipv4 ? TransmitQueue.TSO4 : TransmitQueue.TSO6;
    TransmitQueue tx = sender.queue.transmit();
    tx.begin(
        TransmitQueue.CHECKSUM | (segmentSize > 0 ? cut : 0),
        segmentSize,
        headers,
        ipv4 ? Packets.TRANSPORT4 : Packets.TRANSPORT6,
        TcpHeader.CHECKSUM_OFFSET,
        0);
    tx.add(sender.slabRegion, 0, headers);
    tx.add(sender.slabRegion, PAYLOAD_AT, payload.length);
    tx.end(0);
    tx.doorbell();
  }

  /** Checks a segment and keeps its payload; returns how long that is. */
  private int segment(int length, int segmentSize, byte[] got) {
    assertThat(length).isPositive();
    packet.parse(receiver.buffer, length);
    if (!packet.isTcp() || packet.sourcePort() != Packets.OUR_PORT) {
      return 0;
    }
    checkChecksums(length);
    int payload = packet.payloadLength();
    if (segmentSize > 0 && payload > segmentSize) {
      assertThat(receiver.context.gsoSize()).isEqualTo(segmentSize);
      assertThat(receiver.context.gsoType())
          .isEqualTo(packet.isIpv4() ? Frame.GSO_TCP4 : Frame.GSO_TCP6);
    }
    int offset = TcpHeader.sequence(packet.transport()) - SEQUENCE;
    assertThat(offset).isBetween(0, got.length - payload);
    Memory.copy(receiver.buffer + packet.payloadOffset(), got, offset, payload);
    return payload;
  }

  private void checkChecksums(int length) {
    Frame context = receiver.context;
    if (context.needsChecksum()) {
      assertThat(context.checksumStart()).isEqualTo(packet.transportOffset());
      ChecksumOffload.complete(
          receiver.buffer, length, context.checksumStart(), context.checksumOffset());
    }
    if (packet.isIpv4()) {
      assertThat(Ipv4Header.verifyChecksum(packet.network())).as("IPv4 checksum").isTrue();
    }
    int transport = packet.transportLength();
    int pseudo =
        packet.isIpv4()
            ? Checksum.pseudoHeader4(
                packet.source4(), packet.destination4(), packet.protocol(), transport)
            : Checksum.pseudoHeader6(
                packet.source6(), packet.destination6(), packet.protocol(), transport);
    int sum = Checksum.add(pseudo, Checksum.sum(packet.transport(), transport));
    assertThat(Checksum.verifies(sum)).as("transport checksum").isTrue();
  }

  /** One UDP datagram, of which the NIC is asked for the checksum. */
  void datagramArrives(int payload) {
    byte[] expected = new byte[payload];
    int headers = udp(expected);
    TransmitQueue tx = sender.queue.transmit();
    int start = Packets.TRANSPORT4;
    tx.begin(TransmitQueue.CHECKSUM, 0, headers, start, UdpHeader.CHECKSUM_OFFSET, 0);
    tx.add(sender.slabRegion, 0, headers);
    tx.add(sender.slabRegion, PAYLOAD_AT, payload);
    tx.end(0);
    tx.doorbell();
    sender.poll();
    checkUdp(expected, payload);
  }

  /** A run of UDP datagrams as one packet, which the sending wire claims to cut. */
  void uncutUdpArrives(int payload, int size) {
    byte[] expected = new byte[payload];
    int headers = udp(expected);
    Ipv4Header.writeChecksum(sender.slab + EthernetHeader.LENGTH);
    Frame frame = new Frame();
    frame.add(sender.slab, headers);
    frame.add(sender.slab + PAYLOAD_AT, payload);
    frame.headerLength(headers);
    frame.requestChecksum(Packets.TRANSPORT4, UdpHeader.CHECKSUM_OFFSET);
    frame.requestSegmentation(Frame.GSO_UDP, size);
    assertThat(sender.nic.wire().queue(0).transmit(frame)).isZero();
    checkUdp(expected, size);
  }

  private int udp(byte[] payload) {
    new Random(payload.length).nextBytes(payload);
    Memory.copy(payload, 0, sender.slab + PAYLOAD_AT, payload.length);
    return Packets.udp4(sender.slab, 4242, payload.length, Packets.PEER_MAC);
  }

  private void checkUdp(byte[] expected, int size) {
    byte[] got = new byte[expected.length];
    int bytes = 0;
    for (int round = 0; round < ROUNDS && bytes < expected.length; round++) {
      sender.poll();
      Optional<Integer> length = receiver.look(70_000);
      if (length.isPresent()) {
        bytes += datagrams(length.get(), size, got, bytes);
      }
    }
    assertThat(got).isEqualTo(expected);
  }

  private int datagrams(int length, int size, byte[] got, int at) {
    assertThat(length).isPositive();
    packet.parse(receiver.buffer, length);
    if (!packet.isUdp()) {
      return 0;
    }
    int datagram = packet.payloadLength();
    if (datagram > size) {
      assertThat(receiver.context.gsoType()).isEqualTo(Frame.GSO_UDP);
      assertThat(receiver.context.gsoSize()).isEqualTo(size);
    }
    checkChecksums(length);
    Memory.copy(receiver.buffer + packet.payloadOffset(), got, at, datagram);
    return datagram;
  }
}
