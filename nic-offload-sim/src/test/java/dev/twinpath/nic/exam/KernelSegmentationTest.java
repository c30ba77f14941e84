package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.wire.PacketSocketWire;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel's own segmentation against ours, frame by frame. An uncut packet goes to a packet
 * socket with its virtio-net header; the kernel sends it out of a device that can neither cut nor
 * sum, so that it does both itself ({@code skb_segment}); and what leaves that device must be what
 * {@code TcpSegmentation} and {@code UdpSegmentation} make of the same packet.
 *
 * <p>Nothing may differ, not one byte: no router stands between that would change the MAC addresses
 * or the time to live, and both count IPv4 identifications up from the packet's own, modulo 65536,
 * with DF or without.
 */
@RequiresRoot
class KernelSegmentationTest {
  private static final int MTU = 9216;
  private static final int LEAST_SIZE = 88;
  private static final int GREATEST_SIZE = 8960;

  private final Random random = new Random(20261120);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theKernelCutsAsWeDo(boolean ipv6) {
    compare(ipv6, 120);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Tag("nightly")
  void theKernelCutsAsWeDoForLong(boolean ipv6) {
    compare(ipv6, 5000);
  }

  private void compare(boolean ipv6, int packets) {
    NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withMtu(MTU);
    RecordingWire recording = new RecordingWire(false, false);
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      Wire tap = namespace.openTap("tap0", 1, false);
      namespace.exec("ip", "link", "set", "tap0", "mtu", Integer.toString(MTU)).check();
      Wire kernel = namespace.call(() -> PacketSocketWire.open("tap0", 1));
      // Who watches the line must not join again what the kernel has cut.
      NicConfig apart =
          config.withReceive(ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF));
      try (TestHost line = new TestHost(apart, tap);
          TestHost sender = new TestHost(config, kernel);
          TestHost reference = new TestHost(config, recording)) {
        for (int i = 0; i < packets; i++) {
          UncutPacket packet = packet(ipv6, i);
          packet.send(reference);
          packet.send(sender);
          String what = "packet " + i + ", segments of " + packet.segmentSize;
          List<byte[]> seen = collect(line, recording.sent.size());
          assertThat(seen).as(what).hasSameSizeAs(recording.sent);
          for (int f = 0; f < seen.size(); f++) {
            assertThat(seen.get(f)).as("%s, frame %d", what, f).isEqualTo(recording.sent.get(f));
          }
          recording.sent.clear();
        }
        assertThat(collect(line, 1)).as("more than belongs there").isEmpty();
        assertThat(sender.queue.counters().softwareSegments()).isZero();
        assertThat(sender.queue.counters().transmittedPackets()).isEqualTo(packets);
        assertThat(sender.queue.counters().wireDrops()).isZero();
      }
    }
  }

  /** Cut into two segments or more: the kernel refuses what is not. */
  private UncutPacket packet(boolean ipv6, int number) {
    boolean tcp = number % 3 != 0;
    ExamFrame frame = ExamFrame.of(ipv6, tcp ? ExamFrame.TCP : ExamFrame.UDP);
    frame.sequence = random.nextInt();
    frame.acknowledgment = random.nextInt();
    frame.window = random.nextInt(65536);
    frame.timeToLive = 1 + random.nextInt(255);
    frame.typeOfService = random.nextInt(256);
    frame.identification = random.nextBoolean() ? 65535 - random.nextInt(30) : random.nextInt(9000);
    frame.fragment = random.nextBoolean() ? 0x4000 : 0;
    frame.flags = ExamFrame.ACK;
    for (int flag :
        new int[] {
          ExamFrame.FIN, ExamFrame.PSH, ExamFrame.URG, ExamFrame.ECE, ExamFrame.CWR, ExamFrame.RST
        }) {
      frame.flags |= random.nextInt(3) == 0 ? flag : 0;
    }
    if (tcp) {
      frame.options = tcpOptions();
    }
    if (ipv6 && random.nextInt(4) == 0) {
      frame.extension(0, new byte[] {0, 0, 1, 4, 0, 0, 0, 0});
    }
    if (!ipv6 && random.nextInt(4) == 0) {
      frame.ipOptions = new byte[4 * (1 + random.nextInt(10))];
      java.util.Arrays.fill(frame.ipOptions, (byte) 1);
    }
    int size = LEAST_SIZE + random.nextInt(number % 2 == 0 ? 1400 : GREATEST_SIZE - LEAST_SIZE);
    int longest = 65535 - 160;
    int payload = size + 1 + random.nextInt(Math.min(longest - size, 60 * size));
    return UncutPacket.random(frame, random, payload, size);
  }

  /** Timestamps, up to four SACK blocks and padding, in any order, 40 bytes at most. */
  private byte[] tcpOptions() {
    ByteArrayOutputStream options = new ByteArrayOutputStream();
    if (random.nextBoolean()) {
      options.writeBytes(new byte[] {1, 1, 8, 10});
      options.writeBytes(noise(8));
    }
    int blocks = random.nextInt(4);
    if (blocks > 0) {
      options.writeBytes(new byte[] {1, 1, 5, (byte) (2 + 8 * blocks)});
      options.writeBytes(noise(8 * blocks));
    }
    while (options.size() % 4 != 0 || options.size() < 40 && random.nextInt(3) == 0) {
      options.write(1);
    }
    return options.toByteArray();
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static List<byte[]> collect(TestHost host, int count) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 2000 && frames.size() < count; i++) {
      host.poll();
      host.received.forEach(frame -> frames.add(frame.bytes()));
      host.received.clear();
    }
    return frames;
  }
}
