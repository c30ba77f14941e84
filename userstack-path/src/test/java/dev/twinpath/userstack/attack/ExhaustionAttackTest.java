package dev.twinpath.userstack.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TwoStacks;
import org.junit.jupiter.api.Test;

/** Attempts to fill tables that others need. */
class ExhaustionAttackTest {
  private static Forged reply(int port, int flags, int sequence, int acknowledgment) {
    return UnderAttack.segment(UnderAttack.ATTACKER, port, 82, sequence, acknowledgment, 65_535)
        .flags(flags);
  }

  @Test
  void connectionTable() {
    try (UnderAttack a =
        new UnderAttack(TwoStacks.serverConfig().maxConnections(50)).serve().listenOnly()) {
      a.download().net.run(20 * TwoStacks.MILLI);
      for (int i = 0; i < 49; i++) {
        a.open(UnderAttack.ATTACKER, 10_000 + i, 81, 0, new Forged());
      }
      a.whileDownloading(
          200,
          tick -> {
            a.wire.toAttacker.clear();
            a.inject(new Forged().from(UnderAttack.ATTACKER, 20_000 + tick).mss(1460));
          });
      assertThat(a.mostConnections).isEqualTo(50);
      assertThat(a.count(StackCounter.CONNECTION_TABLE_FULL)).isGreaterThanOrEqualTo(150);
      for (int i = 0; i < 49; i++) {
        Forged reset = new Forged().from(UnderAttack.ATTACKER, 10_000 + i).flags(TcpHeader.RST);
        reset.port = 81;
        a.inject(reset.numbers(1, 0));
      }
      a.net.settle();
    }
  }

  @Test
  void everyPortOfOneAddress() {
    // One address may hold every port it has; the table's bound holds, not 65,535.
    try (UnderAttack a =
        new UnderAttack(TwoStacks.serverConfig().maxConnections(1_000)).serve().closeAtOnce()) {
      a.wire.keep = false;
      a.download()
          .whileDownloading(
              330,
              tick -> {
                for (int i = 0; i < 200; i++) {
                  Forged syn = new Forged().from(UnderAttack.ATTACKER, tick * 200 + i & 0xffff);
                  syn.port = 82;
                  a.inject(syn.mss(1460));
                }
              });
      assertThat(a.mostConnections).isLessThanOrEqualTo(66);
    }
  }

  @Test
  void timeWait() {
    try (UnderAttack a =
        new UnderAttack(TwoStacks.serverConfig().maxTimeWait(100)).serve().closeAtOnce()) {
      a.download()
          .whileDownloading(
              400,
              tick -> {
                int port = 10_000 + tick;
                int isn = a.open(UnderAttack.ATTACKER, port, 82, 0, new Forged().mss(1460));
                a.inject(reply(port, TcpHeader.FIN | TcpHeader.ACK, 1, isn + 2));
              });
      assertThat(a.mostTimeWait).isEqualTo(100);
      assertThat(a.count(StackCounter.TIME_WAIT_OVERFLOW)).isEqualTo(300);
      assertThat(a.mostConnections).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void finWait2() {
    try (UnderAttack a =
        new UnderAttack(TwoStacks.serverConfig().maxTimeWait(100)).serve().closeAtOnce()) {
      a.download()
          .whileDownloading(
              400,
              tick -> {
                int port = 10_000 + tick;
                int isn = a.open(UnderAttack.ATTACKER, port, 82, 0, new Forged().mss(1460));
                a.inject(reply(port, TcpHeader.ACK, 1, isn + 2));
              });
      assertThat(a.mostTimeWait).isEqualTo(100);
      assertThat(a.mostConnections).as("no control blocks").isLessThanOrEqualTo(3);
    }
  }

  @Test
  void orphans() {
    try (UnderAttack a =
        new UnderAttack(TwoStacks.serverConfig().maxOrphans(50)).serve().closeAtOnce()) {
      a.download()
          .whileDownloading(
              400,
              tick -> a.open(UnderAttack.ATTACKER, 10_000 + tick, 82, 0, new Forged().mss(1460)));
      assertThat(a.mostConnections).as("50, the honest one, one that begins").isLessThan(53);
      assertThat(a.count(StackCounter.ABORT_ON_ORPHANS)).isGreaterThanOrEqualTo(300);
    }
  }

  @Test
  void timeWaitAssassination() {
    try (UnderAttack a = new UnderAttack().serve().closeAtOnce()) {
      int isn = a.open(UnderAttack.ATTACKER, 9_000, 82, 0, new Forged().mss(1460));
      a.inject(reply(9_000, TcpHeader.FIN | TcpHeader.ACK, 1, isn + 2));
      a.net.settle();
      assertThat(a.net.server.timeWaitCount()).isEqualTo(1);
      a.download()
          .whileDownloading(
              300,
              tick -> {
                // Whoever does not know the one number cannot end it.
                for (int i = 0; i < 50; i++) {
                  a.inject(reply(9_000, TcpHeader.RST, 3 + tick * 50 + i, 0));
                }
              });
      assertThat(a.count(StackCounter.TIME_WAIT_KILLED)).isZero();
    }
  }
}
