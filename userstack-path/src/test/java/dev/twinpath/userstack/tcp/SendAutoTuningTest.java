package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The send buffer follows the congestion window (tcp_wmem, tcp_sndbuf_expand). */
class SendAutoTuningTest {
  private static int fill(Transcript t) {
    int sum = 0;
    int taken;
    while ((taken = t.connection().sendBytes(t.scratch2, 4096)) > 0) {
      sum += taken;
    }
    t.connection().flush();
    return sum;
  }

  @Test
  void anEstablishedConnectionHasRoomForTwiceTheFirstWindow() {
    try (Transcript t = new Transcript().established()) {
      assertThat(t.connection().options().sendBuffer()).isEqualTo(87_040);
    }
  }

  @Test
  void itGrowsWithTheCongestionWindowWhenItWasFull() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      assertThat(fill(t)).isBetween(80_000, 160_000);
      assertThat(t.connection().isWritable()).isFalse();
      for (int ack = 1; ack < 80_000; ack += 14_600) {
        t.run();
        t.wire.fromStack.clear();
        t.in(". 1 ack " + (ack + 14_600 > 80_000 ? 80_000 : ack + 14_600) + " win 8000");
      }
      assertThat(t.connection().options().sendBuffer()).isGreaterThan(150_000);
      assertThat(t.connection().isWritable()).isTrue();
    }
  }

  @Test
  void aFixedSizeStays() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.connection().options().sendBuffer(10_000);
      assertThat(fill(t)).isLessThan(100_000);
      t.run();
      t.wire.fromStack.clear();
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.connection().options().sendBuffer()).isEqualTo(20_000);
    }
  }

  @Test
  void fileRangesTakeNoRoomButAreUnsent() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().notSentLowWater(100_000);
      t.in(". 1 ack 1 win 0");
      t.writeMore(1_000_000);
      assertThat(t.info().details().sendMemory()).isZero();
      assertThat(t.info().details().notSent()).isEqualTo(1_000_000);
      assertThat(t.connection().isWritable()).isFalse();
    }
  }

  @Test
  void theLowWaterMarkBoundsWhatIsUnsent() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().notSentLowWater(4_000);
      t.in(". 1 ack 1 win 0");
      int taken = fill(t);
      assertThat(taken).isBetween(4_000, 33_000);
      assertThat(t.connection().isWritable()).isFalse();
    }
  }

  @Test
  void theApplicationIsWokenWhenAThirdIsFree() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.connection().options().sendBuffer(40_000);
      fill(t);
      t.run();
      t.wire.fromStack.clear();
      int before = t.app.writables;
      t.in(". 1 ack 1461 win 8000");
      assertThat(t.app.writables).isEqualTo(before);
      t.run();
      t.wire.fromStack.clear();
      t.in(". 1 ack 14601 win 8000");
      for (int ack = 29_201; !t.connection().isWritable(); ack += 14_600) {
        t.run();
        t.wire.fromStack.clear();
        t.in(
            ". 1 ack "
                + Math.min(
                    ack,
                    1 + (int) t.connection().bytesAcked() + (int) t.connection().unackedBytes())
                + " win 8000");
      }
      assertThat(t.app.writables).isGreaterThan(before);
    }
  }
}
