package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.TcpState;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Malformed packets: nothing throws, nothing leaks, and a legitimate connection goes on beside
 * them. A third have right checksums, so that they get as far as TCP.
 */
class SegmentFuzzTest {
  private static final int FRAMES = 20_000;
  private static final long LAST_OVER_IPV4 = 8;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void legitimateConnectionsLive(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Family family = seed <= LAST_OVER_IPV4 ? Family.IPV4 : Family.IPV6;
    try (Transcript t = new Transcript(Transcript.config(), family).establishedWithTimestamps()) {
      int received = 0;
      for (int i = 0; i < FRAMES; i++) {
        byte[] frame = t.packet(template(random));
        mutate(t, random, frame);
        int length = random.nextInt(8) == 0 ? random.nextInt(frame.length) : frame.length;
        t.wire.toStack.add(java.util.Arrays.copyOf(frame, length));
        if (i % 64 == 0) {
          t.run();
          t.wire.fromStack.clear();
          t.afterNanos(random.nextLong(100_000));
        }
        if (i % 1000 == 0) {
          t.in("P. " + (1 + received) + ":" + (101 + received) + " ack 1 win 8000 ts 1100 0");
          received += 100;
          t.wire.fromStack.clear();
        }
      }
      t.run();
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
      t.received(received);
      t.connection().abort();
      t.after(600_000);
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  /** Packets of strangers, and blind ones for the connection that lie outside its window. */
  private static String template(SplittableRandom random) {
    String[] flags = {".", "S", "S.", "R", "R.", "F.", "P.", "SF", "SFRPU.", "PU.", "U"};
    String text = flags[random.nextInt(flags.length)];
    long sequence = 100_000_000L + random.nextInt(1 << 30);
    text += " " + sequence + ":" + (sequence + random.nextInt(200)) + " ack " + random.nextInt();
    if (random.nextBoolean()) {
      text += " ts " + random.nextInt(5_000) + " 0";
    }
    if (random.nextInt(4) == 0) {
      text += " mss " + random.nextInt(65536) + " ws " + random.nextInt(256);
    }
    if (random.nextInt(4) == 0) {
      text += " sack " + random.nextInt(1000) + "-" + random.nextInt(100_000);
    }
    return text;
  }

  private static void mutate(Transcript t, SplittableRandom random, byte[] frame) {
    int ports = EthernetHeader.LENGTH + t.family.header;
    if (random.nextInt(4) != 0) {
      // Another port: the listener, or nobody.
      frame[ports + 1] = (byte) random.nextInt();
      if (random.nextBoolean()) {
        frame[ports + 3] = (byte) random.nextInt();
      }
    }
    int options = ports + TcpHeader.MIN_LENGTH;
    for (int n = random.nextInt(6); n > 0; n--) {
      int at = random.nextInt(3) == 0 ? random.nextInt(frame.length) : options + random.nextInt(12);
      boolean sequence = at >= ports + 4 && at < ports + 8;
      if (at < frame.length && at > 13 && !sequence) {
        frame[at] = (byte) random.nextInt();
      }
    }
    if (random.nextInt(3) != 0) {
      fixChecksums(t, frame);
    }
  }

  private static void fixChecksums(Transcript t, byte[] frame) {
    int ip = EthernetHeader.LENGTH;
    boolean v4 = t.family == Family.IPV4;
    int header = v4 ? Math.max(20, (frame[ip] & 15) * 4) : t.family.header;
    if (frame.length < ip + header + 20) {
      return;
    }
    long at = t.scratch2;
    Memory.copy(frame, 0, at, frame.length);
    if (v4) {
      Ipv4Header.checksum(at + ip, 0);
      Ipv4Header.checksum(at + ip, Checksum.finish(Checksum.sum(at + ip, header)));
    }
    int length = frame.length - ip - header;
    long tcp = at + ip + header;
    TcpHeader.checksum(tcp, 0);
    int sum = t.family.pseudo(at + ip, length);
    TcpHeader.checksum(tcp, Checksum.finish(Checksum.add(sum, Checksum.sum(tcp, length))));
    Memory.copy(at, frame, 0, frame.length);
  }
}
