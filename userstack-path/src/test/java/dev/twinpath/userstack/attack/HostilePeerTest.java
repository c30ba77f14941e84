package dev.twinpath.userstack.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TwoStacks;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that complete the handshake and then do what costs the other side most. */
class HostilePeerTest {
  private static final int PORT = 6_000;
  private static final int PEERS = 20;

  private final SplittableRandom random = new SplittableRandom(5681);

  private static Forged ack(int port, int serverPort, int sequence, int acknowledgment) {
    return UnderAttack.segment(
        UnderAttack.ATTACKER, port, serverPort, sequence, acknowledgment, 65_535);
  }

  private static ConnectionInfo info(UnderAttack a) {
    AtomicReference<ConnectionInfo> found = new AtomicReference<>();
    a.net.server.forEachConnection(
        c -> {
          if (c.remoteAddress().equals(IpAddress.of(UnderAttack.ATTACKER))) {
            found.set(c);
          }
        });
    return found.get();
  }

  /** The peers acknowledge all that they got, at most once a tick each. */
  private static void acknowledgeAll(UnderAttack a, int[] got, int serverPort) {
    UnderAttack.Seen seen;
    while ((seen = a.next()) != null) {
      int peer = seen.port - PORT;
      if (peer >= 0 && peer < got.length && seen.sequence - got[peer] > 0) {
        got[peer] = seen.sequence;
      }
    }
    for (int i = 0; i < got.length; i++) {
      a.inject(ack(PORT + i, serverPort, 1, got[i]));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 48, 88})
  void tinyMss(int mss) {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int[] got = new int[PEERS];
      for (int i = 0; i < PEERS; i++) {
        got[i] = 1 + a.open(UnderAttack.ATTACKER, PORT + i, 80, 0, new Forged().mss(mss));
      }
      a.whileDownloading(300, tick -> acknowledgeAll(a, got, 80));
      assertThat(info(a).mss()).isGreaterThanOrEqualTo(48);
      assertThat(a.mostResources).as("records of packets, not of segments").isLessThan(4_000);
    }
  }

  @Test
  void sackListAbuse() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      Forged syn = new Forged().mss(536).sackPermitted().windowScale(14);
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, syn);
      int[] got = {isn + 1};
      for (int i = 0; i < 12; i++) {
        acknowledgeAll(a, got, 80);
        a.step();
      }
      long walked = a.count(StackCounter.SACK_SEGMENTS_WALKED);
      int[] acks = {0};
      a.whileDownloading(
          300,
          tick -> {
            a.wire.toAttacker.clear();
            for (int i = 0; i < 10; i++) {
              int base = got[0] + 536 * (1 + random.nextInt(3_000));
              acks[0]++;
              a.inject(
                  ack(PORT, 80, 1, got[0])
                      .sack(
                          base,
                          base + 536 * (1 + random.nextInt(2)),
                          base + 5_360,
                          base + 5_360 + 536,
                          base - 50_000,
                          base - 50_000 + 1 + random.nextInt(2_000),
                          base + 7,
                          base + 700));
            }
          });
      walked = a.count(StackCounter.SACK_SEGMENTS_WALKED) - walked;
      assertThat(walked / acks[0]).as("packets looked at for an ACK").isLessThan(5_000);
      assertThat(a.mostResources).isLessThan(6_000);
    }
  }

  @Test
  void sackBlocksOfWhatWasNeverSent() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, new Forged().mss(1460).sackPermitted());
      a.whileDownloading(
          200,
          tick -> {
            a.wire.toAttacker.clear();
            int x = random.nextInt();
            a.inject(ack(PORT, 80, 1, isn + 1).sack(x, x + 100, x, x, x + 100, x, isn, isn + 1));
          });
      assertThat(a.count(StackCounter.SACK_IGNORED)).isPositive();
      assertThat(a.mostResources).isLessThan(500);
    }
  }

  @Test
  void reneging() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, new Forged().mss(1460).sackPermitted());
      a.whileDownloading(
          3_000,
          tick -> {
            a.wire.toAttacker.clear();
            // Everything but the first segment is there, and then it is not.
            Forged f = ack(PORT, 80, 1, isn + 1);
            a.inject(tick % 2 == 0 ? f.sack(isn + 1 + 1460, isn + 1 + 5 * 1460) : f);
          });
      assertThat(a.mostResources).isLessThan(500);
    }
  }

  @Test
  void optimisticAcknowledgment() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, new Forged().mss(1460));
      int[] acked = {isn + 1};
      a.whileDownloading(
          200,
          tick -> {
            a.wire.toAttacker.clear();
            acked[0] += 100_000;
            a.inject(ack(PORT, 80, 1, acked[0]));
          });
      assertThat(a.count(StackCounter.UNACCEPTABLE_ACKS)).isGreaterThanOrEqualTo(150);
      assertThat(info(a).bytesAcked()).isZero();
      assertThat(a.count(StackCounter.CHALLENGE_ACKS)).as("two a second").isLessThan(5);
    }
  }

  @Test
  void acknowledgmentSplitting() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, new Forged().mss(1460));
      long before = info(a).congestionWindow();
      for (int i = 1; i <= 1460; i++) {
        a.inject(ack(PORT, 80, 1, isn + 1 + i));
      }
      a.net.settle();
      assertThat(info(a).congestionWindow()).as("by bytes").isLessThanOrEqualTo(before + 1460);
      a.whileDownloading(0, tick -> {});
    }
  }

  @Test
  void zeroWindowSlowloris() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      int[] isn = new int[40];
      a.wire.keep = true;
      for (int i = 0; i < isn.length; i++) {
        Forged syn = new Forged().mss(1460).window(0);
        isn[i] = a.open(UnderAttack.ATTACKER, PORT + i, 80, 0, syn);
      }
      a.whileDownloading(
          2_000,
          tick -> {
            a.wire.toAttacker.clear();
            int peer = tick % isn.length;
            a.inject(ack(PORT + peer, 80, 1, isn[peer] + 1).window(tick % 7 == 0 ? 1 : 0));
          });
      assertThat(a.mostConnections).isEqualTo(41);
      assertThat(a.mostResources).isLessThan(2_000);
      for (int i = 0; i < isn.length; i++) {
        // What is left of them would be served for ever, as Linux does.
        Forged reset = new Forged().from(UnderAttack.ATTACKER, PORT + i).flags(TcpHeader.RST);
        a.inject(reset.numbers(1, 0));
      }
      a.net.settle();
      assertThat(a.net.server.connectionCount()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void shrinkingWindows() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 80, 0, new Forged().mss(1460));
      int[] got = {isn + 1};
      a.whileDownloading(
          500,
          tick -> {
            UnderAttack.Seen seen;
            while ((seen = a.next()) != null) {
              got[0] = seen.sequence - got[0] > 0 ? seen.sequence : got[0];
            }
            a.inject(ack(PORT, 80, 1, got[0]).window(random.nextInt(3) * random.nextInt(3_000)));
          });
      assertThat(a.mostResources).isLessThan(500);
    }
  }

  @Test
  void smallSegmentsBeyondHoles() {
    try (UnderAttack a = new UnderAttack().serve().listenOnly().download()) {
      int[] isn = new int[PEERS];
      for (int i = 0; i < PEERS; i++) {
        Forged syn = new Forged().mss(1460).sackPermitted();
        isn[i] = a.open(UnderAttack.ATTACKER, PORT + i, 81, 0, syn);
      }
      a.whileDownloading(
          300,
          tick -> {
            a.wire.toAttacker.clear();
            for (int i = 0; i < PEERS; i++) {
              a.inject(ack(PORT + i, 81, 3 + 2 * random.nextInt(30_000), isn[i] + 1).payload(1));
            }
          });
      assertThat(a.count(StackCounter.OUT_OF_ORDER_DROPPED)).as("256 holes each").isPositive();
      // 64 KiB of window lie in 17 blocks of 4 KiB.
      assertThat(a.mostResources).isLessThan(PEERS * 17 + 500);
    }
  }

  @Test
  void smallSegmentsInOrder() {
    try (UnderAttack a = new UnderAttack().serve().listenOnly().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 81, 0, new Forged().mss(1460));
      int[] next = {1};
      a.whileDownloading(
          200,
          tick -> {
            a.wire.toAttacker.clear();
            for (int i = 0; i < 100; i++) {
              a.inject(ack(PORT, 81, next[0]++, isn + 1).payload(1));
            }
          });
      assertThat(info(a).bytesReceived()).isEqualTo(next[0] - 1);
      assertThat(a.mostResources).isLessThan(500);
    }
  }

  @Test
  void sequenceNumbersThatWrap() {
    try (UnderAttack a = new UnderAttack().serve().listenOnly().download()) {
      int isn = a.open(UnderAttack.ATTACKER, PORT, 81, -50_001, new Forged().mss(1460));
      int[] next = {-50_000};
      a.whileDownloading(
          200,
          tick -> {
            a.wire.toAttacker.clear();
            // Twice, and once half the space away, where it is neither old nor new.
            a.inject(ack(PORT, 81, next[0], isn + 1).payload(1_000));
            a.inject(ack(PORT, 81, next[0], isn + 1).payload(1_000));
            a.inject(ack(PORT, 81, next[0] + Integer.MIN_VALUE, isn + 1).payload(1_000));
            next[0] += 1_000;
          });
      assertThat(info(a).bytesReceived()).isEqualTo(1_000L * a.ticks);
    }
  }

  @Test
  void blindResetSynAndData() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.net.run(30 * TwoStacks.MILLI);
      int sequence = random.nextInt();
      int[] at = {sequence};
      a.whileDownloading(
          300,
          tick -> {
            for (int i = 0; i < 60; i++) {
              // The whole space in steps of what the server's window may be.
              at[0] += 65_521;
              int[] kinds = {TcpHeader.RST, TcpHeader.SYN, TcpHeader.ACK, TcpHeader.FIN};
              Forged f =
                  new Forged()
                      .from(TwoStacks.CLIENT_ADDRESS, a.honestConnection.localPort())
                      .flags(kinds[i & 3] | (i & 4) << 2);
              a.inject(f.numbers(at[0], random.nextInt()).payload(i % 3 == 0 ? 10 : 0));
            }
          });
      assertThat(a.count(StackCounter.ESTABLISHED_RESETS)).isZero();
      assertThat(a.count(StackCounter.CHALLENGE_ACKS)).as("two a second").isLessThan(10);
    }
  }
}
