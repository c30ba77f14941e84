package dev.twinpath.nic.exam;

import static dev.twinpath.nic.offload.ReceiveFlags.L3_BAD;
import static dev.twinpath.nic.offload.ReceiveFlags.L3_OK;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_BAD;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_OK;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_UNCHECKED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The checksum exam, after what Linux asks of its NICs ({@code csum} in
 * tools/testing/selftests/drivers/net/hw): good and bad packets received, partial checksums
 * completed on the way out, for TCP and UDP over IPv4 and IPv6. The reference is {@link
 * ExamFrame}'s own RFC 1071; {@link KernelChecksumTest} asks the kernel.
 */
class ChecksumTest {
  private static final long SEED = 20261120;
  private static final int ROUNDS = 200;
  private static final int VLAN = 0x8100;
  private static final int SERVICE_VLAN = 0x88a8;
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION = 60;

  private final Random random = new Random(SEED);
  private final RecordingWire wire = new RecordingWire(false, false);
  private final TestHost host = new TestHost(Packets.PEER_MAC, wire);

  @AfterEach
  void unplug() {
    host.close();
  }

  private ExamFrame frame(boolean ipv6, int protocol) {
    ExamFrame frame = ExamFrame.of(ipv6, protocol);
    frame.sourcePort = random.nextInt(65536);
    frame.destinationPort = random.nextInt(65536);
    frame.sequence = random.nextInt();
    frame.acknowledgment = random.nextInt();
    frame.flags = ExamFrame.ACK | ExamFrame.FIN;
    frame.payload = new byte[random.nextInt(1400)];
    random.nextBytes(frame.payload);
    frame.options = new byte[protocol == ExamFrame.TCP ? 4 * random.nextInt(11) : 0];
    return frame;
  }

  /** What the NIC says of a frame that the wire gives without a word about checksums. */
  private int receive(byte[] frame) {
    host.received.clear();
    wire.give(frame);
    host.poll();
    assertThat(host.received).hasSize(1);
    assertThat(host.received.get(0).bytes()).isEqualTo(frame);
    return host.received.get(0).flags();
  }

  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void goodAndBadPackets(boolean ipv6, int protocol) {
    for (int i = 0; i < ROUNDS; i++) {
      ExamFrame exam = frame(ipv6, protocol);
      byte[] frame = exam.build();
      assertThat(receive(frame)).as("good, %d", i).isEqualTo(L3_OK | L4_OK);
      // Any flipped bit shows, but for those that make another packet of it: UDP's length field
      // and TCP's header length.
      int at = exam.transportOffset() + random.nextInt(frame.length - exam.transportOffset());
      int inside = at - exam.transportOffset();
      boolean checksumGone = protocol == ExamFrame.UDP && ExamFrame.get16(frame, at - 1) < 256;
      if (inside == 4 || inside == 5 || inside == 12 || checksumGone) {
        continue;
      }
      frame[at] ^= (byte) (1 << random.nextInt(8));
      assertThat(receive(frame)).as("bad byte %d, %d", inside, i).isEqualTo(L3_OK | L4_BAD);
    }
  }

  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void theComplementedChecksumIsBad(boolean ipv6, int protocol) {
    for (int i = 0; i < ROUNDS; i++) {
      ExamFrame exam = frame(ipv6, protocol);
      byte[] frame = exam.build();
      int field = exam.transportOffset() + (protocol == ExamFrame.TCP ? 16 : 6);
      int wrong = ~ExamFrame.get16(frame, field) & 0xffff;
      ExamFrame.put16(frame, field, wrong == 0 ? 1 : wrong);
      assertThat(receive(frame)).isEqualTo(L3_OK | L4_BAD);
    }
  }

  @Test
  void aBadHeaderChecksumHidesWhatIsBehind() {
    byte[] frame = frame(false, ExamFrame.TCP).build();
    frame[14 + 10] ^= 1;
    assertThat(receive(frame)).isEqualTo(L3_BAD | L4_UNCHECKED);
  }

  /** RFC 768 over IPv4; over IPv6 only tunnels may (RFC 6936), and the host knows them. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void udpWithoutChecksumIsNotJudged(boolean ipv6) {
    ExamFrame exam = frame(ipv6, ExamFrame.UDP);
    exam.withoutChecksum = true;
    assertThat(receive(exam.build())).isEqualTo(L3_OK | L4_UNCHECKED);
  }

  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void paddingIsNotSummed(boolean ipv6, int protocol) {
    for (int payload = 0; payload < 8; payload++) {
      ExamFrame exam = frame(ipv6, protocol);
      exam.payload = new byte[payload];
      random.nextBytes(exam.payload);
      exam.options = new byte[0];
      exam.trailer = new byte[1 + random.nextInt(46)];
      random.nextBytes(exam.trailer);
      assertThat(receive(exam.build())).isEqualTo(L3_OK | L4_OK);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void udpIsSummedByItsOwnLength(boolean ipv6) {
    ExamFrame exam = frame(ipv6, ExamFrame.UDP);
    exam.payload = new byte[200];
    random.nextBytes(exam.payload);
    exam.udpLengthDelta = -37;
    byte[] frame = exam.build();
    assertThat(receive(frame)).isEqualTo(L3_OK | L4_OK);
    frame[frame.length - 1] ^= 1;
    assertThat(receive(frame)).as("behind UDP's end").isEqualTo(L3_OK | L4_OK);
    frame[frame.length - 38] ^= 1;
    assertThat(receive(frame)).as("before it").isEqualTo(L3_OK | L4_BAD);
    for (int delta : new int[] {1, -201, -208}) {
      exam.udpLengthDelta = delta;
      assertThat(receive(exam.build())).as("length %+d", delta).isEqualTo(L3_OK | L4_UNCHECKED);
    }
  }

  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void behindTags(boolean ipv6, int protocol) {
    byte[] one = frame(ipv6, protocol).tag(VLAN, 0x6064).build();
    assertThat(receive(one)).isEqualTo(L3_OK | L4_OK);
    ExamFrame exam = frame(ipv6, protocol).tag(SERVICE_VLAN, 7).tag(VLAN, 0x0fff);
    byte[] two = exam.build();
    assertThat(receive(two)).isEqualTo(L3_OK | L4_OK);
    two[exam.transportOffset()] ^= 1;
    assertThat(receive(two)).isEqualTo(L3_OK | L4_BAD);
    byte[] three = frame(ipv6, protocol).tag(VLAN, 1).tag(VLAN, 2).tag(VLAN, 3).build();
    assertThat(receive(three)).as("more tags than 802.1ad knows").isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {ExamFrame.TCP, ExamFrame.UDP})
  void behindIpv4Options(int protocol) {
    ExamFrame exam = frame(false, protocol);
    exam.ipOptions = new byte[] {0x44, 12, 5, 0, 0, 0, 0, 1, 0, 0, 0, 2};
    byte[] frame = exam.build();
    assertThat(receive(frame)).isEqualTo(L3_OK | L4_OK);
    frame[frame.length - 1] ^= 1;
    assertThat(receive(frame) & L4_OK).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {ExamFrame.TCP, ExamFrame.UDP})
  void behindExtensionHeaders(int protocol) {
    ExamFrame exam =
        frame(true, protocol)
            .extension(HOP_BY_HOP, new byte[] {0, 1, 5, 2, 0, 0, 1, 10, 0, 0, 0, 0, 0, 0, 0, 0})
            .extension(
                ROUTING,
                new byte[] {
                  0, 2, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
                })
            .extension(
                AUTHENTICATION,
                new byte[] {
                  0, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
                })
            .extension(DESTINATION, new byte[] {0, 0, 1, 4, 0, 0, 0, 0});
    byte[] frame = exam.build();
    assertThat(receive(frame)).isEqualTo(L3_OK | L4_OK);
    frame[exam.transportOffset() + 1] ^= 1;
    assertThat(receive(frame)).isEqualTo(L3_OK | L4_BAD);
  }

  /** RFC 8200 section 8.1: the sum is over the last destination, which is not in the header yet. */
  @Test
  void aRoutingHeaderWithStopsToComeIsNotJudged() {
    byte[] routing = new byte[24];
    routing[1] = 2;
    routing[2] = 4;
    routing[3] = 1;
    routing[23] = 99;
    ExamFrame exam = frame(true, ExamFrame.TCP).extension(ROUTING, routing);
    exam.finalDestination = ExamFrame.slice(routing, 8, 16);
    assertThat(receive(exam.build())).isEqualTo(L3_OK | L4_UNCHECKED);
  }

  /** RFC 6275 section 11.3.1: a mobile node's sum is over its home address. */
  @Test
  void aMobileNodesHomeAddressIsNotJudged() {
    byte[] options = new byte[24];
    options[1] = 2;
    options[2] = 1;
    options[3] = 2;
    options[6] = (byte) 201;
    options[7] = 16;
    assertThat(receive(frame(true, ExamFrame.TCP).extension(DESTINATION, options).build()))
        .isEqualTo(L3_OK | L4_UNCHECKED);
  }

  @Test
  void fragmentsAreNotJudged() {
    for (int fragment : new int[] {0x2000, 0x2001, 1, 0x1fff}) {
      ExamFrame exam = frame(false, ExamFrame.TCP);
      exam.fragment = fragment;
      assertThat(receive(exam.build())).isEqualTo(L3_OK | L4_UNCHECKED);
    }
    byte[] first = frame(true, ExamFrame.UDP).fragment6(0, true).build();
    assertThat(receive(first)).isEqualTo(L3_OK | L4_UNCHECKED);
    byte[] later = frame(true, ExamFrame.UDP).fragment6(185, false).build();
    assertThat(receive(later)).isEqualTo(L3_OK | L4_UNCHECKED);
  }

  @Test
  void longerChainsThanTheNicWalksAreNotJudged() {
    ExamFrame exam = frame(true, ExamFrame.TCP);
    for (int i = 0; i < 9; i++) {
      exam.extension(DESTINATION, new byte[] {0, 0, 1, 4, 0, 0, 0, 0});
    }
    assertThat(receive(exam.build())).isEqualTo(L3_OK | L4_UNCHECKED);
  }

  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void partialChecksumsAreCompletedOnTheWayOut(boolean ipv6, int protocol) {
    for (int i = 0; i < ROUNDS; i++) {
      ExamFrame exam = frame(ipv6, protocol);
      byte[] expected = exam.build();
      exam.partialChecksum = true;
      assertThat(send(exam.build(), exam.transportOffset(), protocol)).isEqualTo(expected);
      assertThat(expected).satisfies(frame -> assertThat(ExamFrame.isRight(frame)).isTrue());
    }
  }

  /** RFC 768: what sums to zero goes out as all ones, or it would mean "no checksum". */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aUdpSumOfZeroGoesOutAsAllOnes(boolean ipv6) {
    for (int i = 0; i < ROUNDS; i++) {
      ExamFrame exam = frame(ipv6, ExamFrame.UDP);
      exam.sourcePort = 0;
      byte[] frame = exam.build();
      // The port that makes the sum all ones is the checksum with a port of zero.
      exam.sourcePort = ExamFrame.get16(frame, exam.transportOffset() + 6);
      exam.partialChecksum = true;
      byte[] sent = send(exam.build(), exam.transportOffset(), ExamFrame.UDP);
      assertThat(ExamFrame.get16(sent, exam.transportOffset() + 6)).isEqualTo(0xffff);
      assertThat(ExamFrame.isRight(sent)).isTrue();
    }
  }

  @Test
  void udpWithoutChecksumGoesOutWithoutOne() {
    ExamFrame exam = frame(false, ExamFrame.UDP);
    exam.withoutChecksum = true;
    byte[] frame = exam.build();
    host.send(frame);
    assertThat(wire.sent).containsExactly(frame);
  }

  /** Sends in three pieces with odd borders; returns the frame on the wire. */
  private byte[] send(byte[] frame, int start, int protocol) {
    wire.sent.clear();
    Memory.copy(frame, 0, host.slab, frame.length);
    int headers = start + (protocol == ExamFrame.TCP ? (frame[start + 12] & 0xf0) >> 2 : 8);
    TransmitQueue tx = host.queue.transmit();
    int offset = protocol == ExamFrame.TCP ? 16 : 6;
    tx.begin(TransmitQueue.CHECKSUM, 0, headers, start, offset, 0);
    tx.add(host.slabRegion, 0, headers);
    int payload = frame.length - headers;
    int first = payload == 0 ? 0 : random.nextInt(payload);
    if (first > 0) {
      tx.add(host.slabRegion, headers, first);
    }
    if (payload - first > 0) {
      tx.add(host.slabRegion, headers + first, payload - first);
    }
    tx.end(0);
    tx.doorbell();
    host.poll();
    assertThat(wire.sent).hasSize(1);
    return wire.sent.get(0);
  }
}
