package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.offload.CoalescingCounters;
import dev.twinpath.nic.offload.FlushCause;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.MemoryWire;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The coalescing exam, after what Linux asks of itself and its NICs (tools/testing/selftests:
 * {@code net/gro}, {@code drivers/net/hw}): which segments become one packet and which must not.
 * Where the NIC is stricter than Linux a test says so.
 */
class CoalescingTest {
  private static final int LENGTH = 100;
  private static final ReceiveOptions ON =
      ReceiveOptions.defaults().withCoalescing(CoalescingMode.ON);

  private final Random random = new Random(20261120);
  private ReceiveHost host = new ReceiveHost(ON, 64, 1 << 16, false);
  private int next = 100;

  @AfterEach
  void unplug() {
    host.close();
  }

  private void plug(ReceiveOptions options, int buffers, int capacity) {
    host.close();
    host = new ReceiveHost(options, buffers, capacity, false);
  }

  /** The flow's next segment. */
  private ExamFrame segment(boolean ipv6, int length) {
    ExamFrame frame = ExamFrame.of(ipv6, ExamFrame.TCP);
    frame.sequence = next;
    frame.payload = new byte[length];
    random.nextBytes(frame.payload);
    next += length;
    return frame;
  }

  private ExamFrame segment(boolean ipv6) {
    return segment(ipv6, LENGTH);
  }

  /** What the host gets of frames that come together: payload lengths, in order. */
  private List<Integer> received(ExamFrame... frames) {
    List<byte[]> bytes = new ArrayList<>();
    for (ExamFrame frame : frames) {
      bytes.add(frame.build());
    }
    return receivedBytes(bytes.toArray(new byte[0][]));
  }

  private List<Integer> receivedBytes(byte[]... frames) {
    host.give(frames);
    List<Integer> lengths = new ArrayList<>();
    for (ReceiveHost.Packet packet : host.receive(0)) {
      lengths.add(payloadLength(packet.bytes()));
    }
    return lengths;
  }

  private static int payloadLength(byte[] frame) {
    boolean ipv6 = ExamFrame.get16(frame, 12) == 0x86dd;
    int transport = ipv6 ? 54 : 14 + (frame[14] & 15) * 4;
    boolean extension = ipv6 && frame[20] != ExamFrame.TCP;
    transport += extension ? 8 : 0;
    int end = 14 + (ipv6 ? 40 + ExamFrame.get16(frame, 18) : ExamFrame.get16(frame, 16));
    return end - transport - ((frame[transport + 12] & 0xf0) >> 2);
  }

  private long flushes(FlushCause cause) {
    return host.counters().coalescing().flushes(cause);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dataOfTheSameSizeBecomesOnePacket(boolean ipv6) {
    ExamFrame first = segment(ipv6);
    ExamFrame second = segment(ipv6);
    second.identification = 1;
    ExamFrame last = segment(ipv6);
    last.identification = 2;
    last.flags |= ExamFrame.PSH;
    assertThat(received(first, second, last)).containsExactly(3 * LENGTH);
    ReceiveHost.Packet packet = host.packets.get(0);
    ExamFrame whole = ExamFrame.of(ipv6, ExamFrame.TCP);
    whole.sequence = 100;
    whole.flags |= ExamFrame.PSH;
    whole.payload = ExamFrame.join(first.payload, second.payload, last.payload);
    assertThat(packet.bytes()).as("as if it had come whole").isEqualTo(whole.build());
    assertThat(packet.flags())
        .isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK | ReceiveFlags.COALESCED);
    assertThat(packet.segments()).isEqualTo(3);
    assertThat(packet.segmentSize()).isEqualTo(LENGTH);
    CoalescingCounters counters = host.counters().coalescing();
    assertThat(counters.packets()).isEqualTo(1);
    assertThat(counters.segments()).isEqualTo(3);
    assertThat(counters.copiedBytes()).isEqualTo(2 * LENGTH);
    assertThat(flushes(FlushCause.PSH)).isEqualTo(1);
    assertThat(host.counters().receivedPackets()).isEqualTo(1);
    assertThat(host.counters().checksumsVerified()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSmallerSegmentIsTheLast(boolean ipv6) {
    assertThat(received(segment(ipv6), segment(ipv6, LENGTH / 2), segment(ipv6, LENGTH / 2)))
        .containsExactly(LENGTH + LENGTH / 2, LENGTH / 2);
    assertThat(host.packets.get(0).segmentSize()).isEqualTo(LENGTH);
    assertThat(received(segment(ipv6, LENGTH / 2), segment(ipv6)))
        .as("nor does a larger one follow")
        .containsExactly(LENGTH / 2, LENGTH);
    assertThat(flushes(FlushCause.SIZE)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oddSizesSumRight(boolean ipv6) {
    for (int size = 1; size < 12; size++) {
      ExamFrame[] segments = new ExamFrame[5];
      for (int i = 0; i < segments.length; i++) {
        segments[i] = segment(ipv6, size);
      }
      assertThat(received(segments)).containsExactly(5 * size);
      assertThat(ExamFrame.isRight(host.packets.get(0).bytes())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pureAcksComeAlone(boolean ipv6) {
    ExamFrame ack = segment(ipv6, 0);
    ExamFrame later = segment(ipv6, 0);
    later.acknowledgment++;
    assertThat(received(ack, ack, later)).containsExactly(0, 0, 0);
    assertThat(received(segment(ipv6), segment(ipv6, 0), segment(ipv6)))
        .as("and keep their place among data")
        .containsExactly(LENGTH, 0, LENGTH);
    assertThat(flushes(FlushCause.FLAGS)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pushEndsAPacket(boolean ipv6) {
    ExamFrame[] frames = new ExamFrame[5];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(ipv6);
    }
    frames[2].flags |= ExamFrame.PSH;
    assertThat(received(frames)).containsExactly(3 * LENGTH, 2 * LENGTH);
    assertThat(host.packets.get(0).bytes()[ipv6 ? 67 : 47]).isEqualTo((byte) 0x18);
    assertThat(host.packets.get(1).bytes()[ipv6 ? 67 : 47]).isEqualTo((byte) 0x10);
  }

  @ParameterizedTest
  @CsvSource({
    "false,1",
    "false,2",
    "false,4",
    "false,32",
    "false,64",
    "false,128",
    "true,1",
    "true,2",
    "true,4",
    "true,32",
    "true,64",
    "true,128"
  })
  void otherFlagsComeAlone(boolean ipv6, int flag) {
    ExamFrame[] frames = new ExamFrame[5];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(ipv6);
    }
    frames[2].flags |= flag;
    assertThat(received(frames)).containsExactly(2 * LENGTH, LENGTH, 2 * LENGTH);
    frames = new ExamFrame[] {segment(ipv6), segment(ipv6)};
    frames[0].flags = 0;
    assertThat(received(frames)).as("without ACK").containsExactly(LENGTH, LENGTH);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBadChecksumIsNotHiddenInAPacket(boolean ipv6) {
    byte[] bad = segment(ipv6).build();
    bad[bad.length - 1] ^= 1;
    assertThat(receivedBytes(segment(ipv6).build(), bad, segment(ipv6).build()))
        .containsExactly(LENGTH, LENGTH, LENGTH);
    assertThat(host.packets.get(1).flags()).isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_BAD);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aGapEndsAPacket(boolean ipv6) {
    ExamFrame first = segment(ipv6);
    segment(ipv6);
    ExamFrame third = segment(ipv6);
    assertThat(received(first, third)).containsExactly(LENGTH, LENGTH);
    assertThat(received(third, third)).as("twice the same").containsExactly(LENGTH, LENGTH);
    assertThat(received(third, first)).as("backwards").containsExactly(LENGTH, LENGTH);
    assertThat(flushes(FlushCause.GAP)).isEqualTo(3);
  }

  private static byte[] timestamps(int value, int echo) {
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
    ExamFrame.put32(options, 4, value);
    ExamFrame.put32(options, 8, echo);
    return options;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void otherTimestampsEndAPacket(boolean ipv6) {
    byte[][] options = {
      timestamps(0, 0),
      timestamps(0, 0),
      timestamps(100, 0),
      timestamps(100, 7),
      {1, 8, 10, 0, 0, 0, 100, 0, 0, 0, 7, 1},
      {8, 10, 0, 0, 0, 100, 0, 0, 0, 7, 1, 1}
    };
    ExamFrame[] frames = new ExamFrame[options.length];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(ipv6);
      frames[i].options = options[i];
    }
    assertThat(received(frames)).containsExactly(2 * LENGTH, LENGTH, LENGTH, LENGTH, LENGTH);
    assertThat(flushes(FlushCause.TIMESTAMP)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void otherOptionsEndAPacket(boolean ipv6) {
    ExamFrame[] frames = {segment(ipv6), segment(ipv6), segment(ipv6), segment(ipv6)};
    frames[0].options = frames[1].options = timestamps(1, 1);
    frames[2].options = new byte[] {1, 3, 3, 0};
    assertThat(received(frames)).containsExactly(2 * LENGTH, LENGTH, LENGTH);
    byte[] sack = new byte[40];
    sack[0] = sack[1] = 1;
    sack[2] = 5;
    sack[3] = 34;
    frames = new ExamFrame[] {segment(ipv6), segment(ipv6)};
    frames[0].options = sack;
    frames[1].options = sack.clone();
    assertThat(received(frames)).as("40 bytes of the same").containsExactly(2 * LENGTH);
    frames = new ExamFrame[] {segment(ipv6), segment(ipv6)};
    frames[0].options = sack;
    frames[1].options = sack.clone();
    frames[1].options[39] = 1;
    assertThat(received(frames)).as("the last byte differs").containsExactly(LENGTH, LENGTH);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherAcknowledgmentOrWindowEndsAPacket(boolean ipv6) {
    ExamFrame[] frames = {segment(ipv6), segment(ipv6), segment(ipv6)};
    frames[1].acknowledgment++;
    frames[2].acknowledgment++;
    frames[2].window--;
    assertThat(received(frames)).containsExactly(LENGTH, LENGTH, LENGTH);
    assertThat(flushes(FlushCause.HEADERS)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anotherNetworkHeaderEndsAPacket(boolean ipv6) {
    ExamFrame[] ecn = {segment(ipv6), segment(ipv6)};
    ecn[1].typeOfService = 3;
    assertThat(received(ecn)).as("congestion experienced").containsExactly(LENGTH, LENGTH);
    ExamFrame[] service = {segment(ipv6), segment(ipv6)};
    service[1].typeOfService = 0x28;
    assertThat(received(service)).as("type of service").containsExactly(LENGTH, LENGTH);
    ExamFrame[] hops = {segment(ipv6), segment(ipv6)};
    hops[1].timeToLive--;
    assertThat(received(hops)).as("time to live").containsExactly(LENGTH, LENGTH);
    ExamFrame[] label = {segment(ipv6), segment(ipv6)};
    label[1].flowLabel = 1;
    assertThat(received(label)).hasSize(ipv6 ? 2 : 1);
    ExamFrame[] tag = {segment(ipv6).tag(0x8100, 5), segment(ipv6).tag(0x8100, 6)};
    host.give(tag[0].build(), tag[1].build());
    assertThat(host.receive(0)).as("VLAN").hasSize(2);
    ExamFrame[] same = {segment(ipv6).tag(0x8100, 5), segment(ipv6).tag(0x8100, 5)};
    host.give(same[0].build(), same[1].build());
    assertThat(host.receive(0)).as("the same VLAN").hasSize(1);
  }

  @Test
  void ipOptionsComeAlone() {
    ExamFrame[] frames = {segment(false), segment(false), segment(false)};
    frames[1].ipOptions = new byte[] {0x44, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    assertThat(received(frames)).containsExactly(LENGTH, LENGTH, LENGTH);
  }

  /** Linux joins those with equal extension headers; this NIC joins none. */
  @Test
  void extensionHeadersComeAlone() {
    byte[] hopByHop = {0, 0, 1, 4, 0, 0, 0, 0};
    assertThat(
            received(
                segment(true).extension(0, hopByHop),
                segment(true).extension(0, hopByHop),
                segment(true)))
        .containsExactly(LENGTH, LENGTH, LENGTH);
  }

  @Test
  void fragmentsComeAloneAndInTheirPlace() {
    ExamFrame[] frames = {segment(false), segment(false), segment(false), segment(false)};
    frames[2].fragment = 0x6000;
    for (int i = 0; i < 4; i++) {
      frames[i].identification = i;
    }
    assertThat(received(frames)).containsExactly(2 * LENGTH, LENGTH, LENGTH);
    assertThat(
            received(segment(true), segment(true), segment(true).fragment6(0, true), segment(true)))
        .containsExactly(2 * LENGTH, LENGTH, LENGTH);
  }

  /** RFC 6864: with DF an identification means nothing, and without it counts up. */
  @ParameterizedTest
  @CsvSource({
    "true,8,9,-1,1",
    "true,8,8,-1,1",
    "false,8,9,-1,1",
    "false,8,8,-1,2",
    "true,8,9,9,2",
    "true,8,8,9,2",
    "true,8,9,10,1",
    "true,65535,0,1,1",
    "true,8,10,-1,2",
    "true,8,7,-1,2"
  })
  void identifications(boolean atomic, int first, int second, int third, int packets) {
    ExamFrame[] frames = new ExamFrame[third < 0 ? 2 : 3];
    int[] identifications = {first, second, third};
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(false);
      frames[i].fragment = atomic ? 0x4000 : 0;
      frames[i].identification = identifications[i];
    }
    assertThat(received(frames)).hasSize(packets);
    assertThat(ExamFrame.get16(host.packets.get(0).bytes(), 18)).isEqualTo(first);
    ExamFrame[] mixed = {segment(false), segment(false)};
    mixed[1].fragment = 0;
    assertThat(received(mixed)).as("DF changes").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noPacketIsLongerThan64KiB(boolean ipv6) {
    plug(ON.withCoalescingLimits(8, 1024, 0), 64, 1 << 17);
    int header = ipv6 ? 60 : 40;
    int size = 4096 - header;
    int count = (65535 - header) / size;
    int rest = 65535 - header - count * size;
    for (int more = 0; more < 2; more++) {
      ExamFrame[] frames = new ExamFrame[count + 2];
      for (int i = 0; i < count; i++) {
        frames[i] = segment(ipv6, size);
      }
      frames[count] = segment(ipv6, rest + more);
      frames[count + 1] = segment(ipv6, rest + more);
      List<Integer> expected =
          more == 0 ? List.of(65535 - header, rest) : List.of(count * size, 2 * (rest + 1));
      assertThat(received(frames)).isEqualTo(expected);
      assertThat(ExamFrame.isRight(host.packets.get(0).bytes())).isTrue();
    }
    assertThat(flushes(FlushCause.FULL)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noPacketIsLongerThanItsBuffer(boolean ipv6) {
    plug(ON, 16, 500);
    ExamFrame[] frames = new ExamFrame[8];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(ipv6);
    }
    assertThat(received(frames)).containsExactly(4 * LENGTH, 4 * LENGTH);
    assertThat(host.counters().receiveTooLong()).isZero();
  }

  @Test
  void noPacketHasMoreSegmentsThanAllowed() {
    plug(ON.withCoalescingLimits(8, 3, 0), 64, 1 << 16);
    ExamFrame[] frames = new ExamFrame[7];
    for (int i = 0; i < frames.length; i++) {
      frames[i] = segment(false);
    }
    assertThat(received(frames)).containsExactly(3 * LENGTH, 3 * LENGTH, LENGTH);
    assertThat(flushes(FlushCause.FULL)).isEqualTo(2);
    assertThat(flushes(FlushCause.TIME)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void flowsAreJoinedSideBySide(boolean ipv6) {
    List<byte[]> frames = new ArrayList<>();
    for (int round = 0; round < 4; round++) {
      for (int flow = 0; flow < 8; flow++) {
        ExamFrame frame = segment(ipv6);
        frame.sequence = 7 + round * LENGTH;
        frame.sourceHost = 2 + flow / 2;
        frame.sourcePort = 1500 + flow % 2;
        frames.add(frame.build());
      }
    }
    assertThat(receivedBytes(frames.toArray(new byte[0][]))).hasSize(8).containsOnly(4 * LENGTH);
    assertThat(host.packets).allMatch(packet -> ExamFrame.isRight(packet.bytes()));
  }

  @Test
  void theFlowThatWasQuietForLongestMakesRoom() {
    plug(ON.withCoalescingLimits(2, 64, 0), 64, 1 << 16);
    List<byte[]> frames = new ArrayList<>();
    for (int flow : new int[] {1, 2, 1, 3, 1, 2}) {
      ExamFrame frame = segment(false);
      frame.sequence = frames.size() == 2 ? 107 : frames.size() == 4 ? 207 : 7;
      frame.sourcePort = flow;
      frames.add(frame.build());
    }
    receivedBytes(frames.toArray(new byte[0][]));
    assertThat(host.packets)
        .extracting(packet -> ExamFrame.get16(packet.bytes(), 34))
        .as("2 goes for 3, then 3 for the second of 2")
        .containsExactly(2, 3, 1, 2);
    assertThat(flushes(FlushCause.PRESSURE)).isEqualTo(2);
  }

  @Test
  void aPacketMayWaitForMoreOverBatches() {
    plug(ON.withCoalescingLimits(8, 64, 1000), 64, 1 << 16);
    long start = 5_000;
    host.give(segment(false).build());
    assertThat(host.receive(start)).isEmpty();
    assertThat(host.queue.nextDeadlineNanos()).isEqualTo(start + 1000);
    host.give(segment(false).build());
    assertThat(host.receive(start + 999)).isEmpty();
    assertThat(host.queue.nextDeadlineNanos()).as("not put off").isEqualTo(start + 1000);
    assertThat(host.receive(start + 1000)).hasSize(1);
    assertThat(host.packets.get(0).segments()).isEqualTo(2);
    assertThat(host.queue.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(flushes(FlushCause.TIME)).isEqualTo(1);
    host.give(segment(false).build());
    assertThat(host.receive(start)).isEmpty();
    host.queue.flushReceive();
    assertThat(host.receive(start)).hasSize(1);
    assertThat(flushes(FlushCause.CLOSE)).isEqualTo(1);
  }

  @Test
  void theLastBufferIsNotKeptFromTheHost() {
    plug(ON.withCoalescingLimits(8, 64, 1000), 1, 1 << 16);
    host.give(segment(false).build());
    assertThat(host.receive(1)).hasSize(1);
    assertThat(flushes(FlushCause.PRESSURE)).isEqualTo(1);
  }

  @Test
  void memoryThatTheHostTookAwayIsNotWrittenAndItsBufferComesBack() {
    plug(ON.withCoalescingLimits(8, 64, 1000), 4, 1 << 16);
    host.give(segment(false).build(), segment(false).build());
    assertThat(host.receive(1)).isEmpty();
    host.reposts = false;
    host.forbidBuffers();
    assertThat(host.receive(5_000)).as("all that were posted, empty").hasSize(4);
    assertThat(host.packets).allMatch(packet -> packet.bytes().length == 0);
    assertThat(host.counters().coalescing().abandoned()).isEqualTo(1);
    assertThat(host.counters().regionsRefused()).isEqualTo(3);
    assertThat(host.queue.receive().posted()).isZero();
  }

  /** Over a memory wire nobody sums: what was vouched for stays so, with a partial checksum. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void partialChecksumsStayPartial(boolean ipv6) {
    MemoryWire.Pair pair = MemoryWire.pair();
    try (MemoryWire sender = pair.right();
        ReceiveHost receiver = new ReceiveHost(ON, pair.left(), 8, 1 << 16, false);
        Arena arena = Arena.ofConfined()) {
      ExamFrame whole = segment(ipv6, 4 * LENGTH);
      whole.partialChecksum = true;
      Frame frame = new Frame();
      for (int i = 0; i < 4; i++) {
        ExamFrame piece = ExamFrame.of(ipv6, ExamFrame.TCP);
        piece.sequence += i * LENGTH;
        piece.payload = ExamFrame.slice(whole.payload, i * LENGTH, LENGTH);
        piece.partialChecksum = i != 3;
        byte[] bytes = piece.build();
        long at = arena.allocate(bytes.length).address();
        Memory.copy(bytes, 0, at, bytes.length);
        frame.clear();
        frame.add(at, bytes.length);
        if (piece.partialChecksum) {
          frame.requestChecksum(piece.transportOffset(), 16);
        }
        assertThat(sender.queue(0).transmit(frame)).isZero();
      }
      assertThat(receiver.receive(0)).as("the last has a whole checksum").hasSize(2);
      whole.payload = ExamFrame.slice(whole.payload, 0, 3 * LENGTH);
      assertThat(receiver.packets.get(0).bytes()).isEqualTo(whole.build());
      assertThat(receiver.packets.get(0).flags() & ReceiveFlags.L4_OK).isNotZero();
    }
  }

  /** What the wire gives uncut is not joined further, and tells of what it is made. */
  @Test
  void uncutPacketsTellTheirSegments() {
    MemoryWire.Pair pair = MemoryWire.pair();
    try (MemoryWire sender = pair.right();
        ReceiveHost receiver = new ReceiveHost(ON, pair.left(), 8, 1 << 16, false);
        Arena arena = Arena.ofConfined()) {
      Frame frame = new Frame();
      for (int i = 0; i < 2; i++) {
        ExamFrame uncut = segment(false, 5 * LENGTH + 1);
        uncut.partialChecksum = true;
        byte[] bytes = uncut.build();
        long at = arena.allocate(bytes.length).address();
        Memory.copy(bytes, 0, at, bytes.length);
        frame.clear();
        frame.add(at, bytes.length);
        frame.requestChecksum(34, 16);
        frame.requestSegmentation(Frame.GSO_TCP4, LENGTH);
        assertThat(sender.queue(0).transmit(frame)).isZero();
      }
      assertThat(receiver.receive(0)).hasSize(2);
      assertThat(receiver.packets)
          .allMatch(packet -> packet.segments() == 6 && packet.segmentSize() == LENGTH);
    }
  }

  @Test
  void offMeansOff() {
    plug(ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF), 16, 2048);
    assertThat(received(segment(false), segment(false))).containsExactly(LENGTH, LENGTH);
    plug(ReceiveOptions.defaults(), 16, 2048);
    assertThat(received(segment(false), segment(false)))
        .as("over a wire that joins nothing")
        .containsExactly(2 * LENGTH);
  }
}
