package dev.twinpath.userstack.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TwoStacks;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Segments in masses from those who need no answer. */
class FloodAttackTest {
  private static final int PER_TICK = 200;

  private final SplittableRandom random = new SplittableRandom(4987);

  private int address() {
    // 45.0.0.0/8 to 108.255.255.255: none is the server's or the client's.
    return 0x2d000000 + random.nextInt(0x40000000);
  }

  @Test
  void synFloodFromOneAddress() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          500,
          tick -> {
            for (int i = 0; i < PER_TICK; i++) {
              Forged syn = new Forged().from(UnderAttack.ATTACKER, random.nextInt(1, 65536));
              a.inject(syn.numbers(random.nextInt(), 0).mss(1460));
            }
          });
      assertThat(a.mostConnections).as("backlog, and the honest one").isLessThanOrEqualTo(66);
      assertThat(a.mostResources).isLessThan(2_000);
      assertThat(a.count(StackCounter.SYN_COOKIES_SENT)).isGreaterThan(80_000);
    }
  }

  @Test
  void synFloodFromMillions() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          500,
          tick -> {
            for (int i = 0; i < PER_TICK; i++) {
              Forged syn = new Forged().from(address(), random.nextInt(1, 65536));
              a.inject(syn.numbers(random.nextInt(), 0).mss(1460));
            }
          });
      assertThat(a.mostConnections).isLessThanOrEqualTo(66);
      assertThat(a.mostResources).isLessThan(2_000);
      assertThat(a.count(StackCounter.PASSIVE_OPENS)).isEqualTo(1);
    }
  }

  @Test
  void anHonestClientConnectsDuringASynFlood() {
    try (UnderAttack a = new UnderAttack().serve()) {
      a.wire.keep = false;
      for (int i = 0; i < 1_000; i++) {
        a.inject(new Forged().from(address(), 1_000 + i).mss(1460));
      }
      a.net.settle();
      assertThat(a.net.server.counters().connections(TcpState.SYN_RECEIVED)).isEqualTo(65);
      a.download()
          .whileDownloading(
              0,
              tick -> {
                for (int i = 0; i < 20; i++) {
                  a.inject(new Forged().from(address(), 1_000 + i).mss(1460));
                }
              });
      assertThat(a.count(StackCounter.SYN_COOKIES_RECEIVED)).isEqualTo(1);
    }
  }

  @Test
  void synFloodFromTheLocalNetwork() {
    // Each address would be a neighbour of its own to resolve.
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          2_000,
          tick -> {
            for (int i = 0; i < 20; i++) {
              int host = TwoStacks.SERVER_ADDRESS & ~0xff | random.nextInt(3, 250);
              a.inject(new Forged().from(host, random.nextInt(1, 65536)).mss(1460));
            }
          });
      assertThat(a.mostConnections).isLessThanOrEqualTo(66);
      assertThat(a.mostResources).isLessThan(2_000);
    }
  }

  @Test
  void ackFlood() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          200,
          tick -> {
            for (int i = 0; i < PER_TICK; i++) {
              Forged f = new Forged().from(address(), 5_000).flags(TcpHeader.ACK);
              a.inject(f.numbers(random.nextInt(), random.nextInt()).payload(i & 63));
            }
          });
      assertThat(a.mostConnections).isEqualTo(1);
      assertThat(a.wire.answered)
          .as("a reset each, not more")
          .isLessThanOrEqualTo((long) a.ticks * PER_TICK);
      assertThat(a.wire.answeredBytes / a.wire.answered).isLessThanOrEqualTo(60);
    }
  }

  @Test
  void finFlood() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          200,
          tick -> {
            for (int i = 0; i < PER_TICK; i++) {
              Forged f = new Forged().from(address(), 5_000).flags(TcpHeader.FIN | TcpHeader.ACK);
              a.inject(f.numbers(random.nextInt(), random.nextInt()));
            }
          });
      assertThat(a.mostConnections).isEqualTo(1);
      assertThat(a.mostTimeWait).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void everyCombinationOfFlags() {
    // Null scans, Christmas trees and all between, to a listener, to nobody, and to the client's
    // own connection.
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.wire.keep = false;
      a.whileDownloading(
          300,
          tick -> {
            for (int flags = 0; flags < 256; flags++) {
              boolean client = tick % 3 == 0 && (flags & TcpHeader.RST) == 0;
              Forged f =
                  new Forged()
                      .from(
                          client ? TwoStacks.CLIENT_ADDRESS : address(),
                          client ? a.honestConnection.localPort() : 7_000)
                      .flags(flags);
              f.port = tick % 3 == 1 ? 9 : 80;
              // Behind the window of whatever connection there may be.
              a.inject(f.numbers(random.nextInt(), random.nextInt()).payload(flags & 3));
            }
          });
      assertThat(a.mostConnections).isLessThanOrEqualTo(66);
    }
  }

  @Test
  void land() {
    try (UnderAttack a = new UnderAttack().serve().download()) {
      a.whileDownloading(
          100,
          tick -> {
            for (int i = 0; i < PER_TICK; i++) {
              a.inject(new Forged().from(TwoStacks.SERVER_ADDRESS, 80).mss(1460));
            }
          });
      assertThat(a.mostConnections).isEqualTo(1);
      assertThat(a.count(StackCounter.IP_SOURCE_ERRORS)).isEqualTo((long) a.ticks * PER_TICK);
      assertThat(a.wire.answered).isZero();
    }
  }
}
