package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.PacketSocketWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real sender: a socket of the kernel writes a stream into a TAP. With the TAP's offloads on, its
 * packets come to us uncut; each is cut by us and, sent out of a device without offloads, by the
 * kernel, and both must agree in every byte. With the offloads off the kernel cuts the stream
 * before we see it. Both ways the line has the same to carry: the stream's bytes in order, IPv4
 * identifications that count up by one, right checksums, and PSH where a write ended.
 */
@RequiresRoot
class KernelSenderTest {
  private static final int STREAM = 1_500_000;
  private static final int BUFFER = 66 * 1024;
  private static final int MSS = 1448;
  private static final int PORT = 4000;
  private static final int ROUNDS = 200_000;

  private final Arena arena = Arena.ofShared();
  private final long buffer = arena.allocate(BUFFER, 64).address();
  private final long answer = arena.allocate(256, 64).address() + 64;
  private final Frame context = new Frame();
  private final Frame reply = new Frame();
  private final ParsedPacket packet = new ParsedPacket();
  private final Segmentation segmentation = new TcpSegmentation(arena);
  private final List<byte[]> line = new ArrayList<>();
  private final Set<Integer> otherIdentifications = new HashSet<>();
  private int expectedSequence;
  private int uncut;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSocketsStream(boolean offloads) throws Exception {
    byte[] stream = new byte[STREAM];
    new Random(20261120).nextBytes(stream);
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      try (Wire tap = namespace.openTap("tap0", 1, offloads);
          Wire egress = namespace.openTap("tap1", 1, false);
          Wire kernel = namespace.call(() -> PacketSocketWire.open("tap1", 1))) {
        namespace.exec("ip", "address", "add", "10.9.0.1/24", "dev", "tap0").check();
        String mac = EthernetHeader.format(Packets.OUR_MAC);
        namespace
            .exec(
                "ip", "neigh", "add", "10.9.0.2", "lladdr", mac, "dev", "tap0", "nud", "permanent")
            .check();
        send(namespace, stream, tap, egress, kernel);
      }
    } finally {
      arena.close();
    }
    check(stream);
    if (offloads) {
      assertThat(uncut).as("packets that came uncut").isGreaterThan(STREAM / 65536);
    } else {
      assertThat(uncut).isZero();
    }
  }

  private void send(NetworkNamespace namespace, byte[] stream, Wire tap, Wire egress, Wire kernel)
      throws Exception {
    try (SocketChannel socket = namespace.call(SocketChannel::open)) {
      socket.configureBlocking(false);
      socket.connect(new InetSocketAddress("10.9.0.2", PORT));
      ByteBuffer data = ByteBuffer.wrap(stream);
      int received = 0;
      for (int i = 0; i < ROUNDS && received < STREAM; i++) {
        received += serve(tap, egress, kernel);
        if (socket.isConnected() || socket.finishConnect()) {
          // Writes of many sizes, so that packets are of many sizes.
          data.limit(Math.min(STREAM, data.position() + 1 + (i * 7919 & 0x1ffff)));
          socket.write(data);
        }
      }
      assertThat(received).as("bytes that came").isEqualTo(STREAM);
    }
  }

  /** Takes one frame and answers it as a receiver does; returns its payload's length. */
  private int serve(Wire tap, Wire egress, Wire kernel) {
    int length = tap.queue(0).receive(buffer, BUFFER, context);
    if (length <= 0) {
      return 0;
    }
    packet.parse(buffer, length);
    if (!packet.isTcp() || packet.destinationPort() != PORT) {
      return 0;
    }
    long tcp = packet.transport();
    int flags = TcpHeader.flags(tcp);
    int payload = packet.payloadLength();
    if ((flags & TcpHeader.SYN) != 0) {
      expectedSequence = TcpHeader.sequence(tcp) + 1;
      acknowledge(tap, TcpHeader.SYN | TcpHeader.ACK, 1);
      return 0;
    }
    if (payload == 0 || TcpHeader.sequence(tcp) != expectedSequence) {
      // On a slow machine the kernel sends something twice; it has numbers of its own.
      int count = Math.max(1, Segmentation.count(payload, Math.max(1, context.gsoSize())));
      int first = Ipv4Header.identification(packet.network());
      for (int i = 0; i < (context.gsoType() == Frame.GSO_NONE ? 1 : count); i++) {
        otherIdentifications.add(first + i & 0xffff);
      }
    }
    if (payload == 0) {
      return 0;
    }
    if (TcpHeader.sequence(tcp) != expectedSequence) {
      acknowledge(tap, TcpHeader.ACK, 2);
      return 0;
    }
    take(length, egress, kernel);
    expectedSequence += payload;
    acknowledge(tap, TcpHeader.ACK, 2);
    return payload;
  }

  private void acknowledge(Wire tap, int flags, int sequence) {
    boolean syn = (flags & TcpHeader.SYN) != 0;
    byte[] options = syn ? new byte[] {2, 4, MSS >> 8, (byte) MSS, 1, 3, 3, 7} : new byte[0];
    int headers = Packets.tcp4(answer, sequence, flags, options, 0, Packets.PEER_MAC);
    long tcp = answer + Packets.TRANSPORT4;
    Memory.putShortBE(tcp, PORT);
    Memory.putShortBE(tcp + 2, packet.sourcePort());
    TcpHeader.acknowledgment(tcp, expectedSequence);
    TcpHeader.window(tcp, 8192);
    Ipv4Header.writeChecksum(answer + EthernetHeader.LENGTH);
    EthernetHeader.putMac(answer, EthernetHeader.source(buffer));
    reply.clear();
    reply.add(answer, headers);
    reply.requestChecksum(Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET);
    if (!tap.capabilities().checksumOffload()) {
      ChecksumOffload.complete(reply);
      reply.clearOffloads();
    }
    tap.queue(0).transmit(reply);
  }

  /** Puts on our line what the frame is there; what came uncut is cut twice. */
  private void take(int length, Wire egress, Wire kernel) {
    reply.clear();
    reply.copyOffloads(context);
    reply.add(buffer, length);
    if (context.gsoType() == Frame.GSO_NONE) {
      if (context.needsChecksum()) {
        ChecksumOffload.complete(reply);
      }
      line.add(Memory.toArray(buffer, length));
      return;
    }
    uncut++;
    assertThat(Segmentation.isValid(reply, packet)).isTrue();
    int first = line.size();
    segmentation.begin(reply, packet, false);
    while (segmentation.hasNext()) {
      line.add(bytes(segmentation.next()));
    }
    assertThat(kernel.queue(0).transmit(reply)).isZero();
    for (int i = first; i < line.size(); i++) {
      assertThat(fromKernel(egress)).as("frame %d", i).isEqualTo(line.get(i));
    }
  }

  private byte[] fromKernel(Wire egress) {
    try (Arena local = Arena.ofConfined()) {
      long at = local.allocate(BUFFER, 64).address();
      Frame ignored = new Frame();
      for (int i = 0; i < 1000; i++) {
        int length = egress.queue(0).receive(at, BUFFER, ignored);
        if (length > 0) {
          return Memory.toArray(at, length);
        }
      }
    }
    return new byte[0];
  }

  private static byte[] bytes(Frame frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < frame.segments(); i++) {
      bytes.writeBytes(Memory.toArray(frame.address(i), frame.length(i)));
    }
    return bytes.toByteArray();
  }

  private void check(byte[] stream) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int identification = ExamFrame.get16(line.get(0), 18);
    int full = 0;
    for (byte[] frame : line) {
      assertThat(ExamFrame.isRight(frame)).as("checksums").isTrue();
      while (otherIdentifications.contains(identification)) {
        identification = identification + 1 & 0xffff;
      }
      assertThat(ExamFrame.get16(frame, 18)).isEqualTo(identification);
      identification = identification + 1 & 0xffff;
      int headers = 34 + (frame[46] >> 4 & 15) * 4;
      int payload = frame.length - headers;
      assertThat(payload).isPositive().isLessThanOrEqualTo(MSS);
      full += payload == MSS ? 1 : 0;
      boolean last = all.size() + payload == STREAM;
      assertThat(frame[47] & ~(ExamFrame.PSH)).isEqualTo(ExamFrame.ACK);
      assertThat(!last || (frame[47] & ExamFrame.PSH) != 0).as("PSH at the end").isTrue();
      all.write(frame, headers, payload);
    }
    assertThat(all.toByteArray()).isEqualTo(stream);
    assertThat(full).as("full segments of %d", line.size()).isGreaterThan(line.size() / 2);
  }
}
