package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** The receive buffer follows what is read in a round trip (tcp_moderate_rcvbuf). */
class ReceiveAutoTuningTest {
  private static final int SEGMENT = 1448;
  private int next = 1;
  private long begin;

  /** So many full segments, with echoes that tell of a round trip of 20 ms. */
  private void burst(Transcript t, int segments) {
    for (int i = 0; i < segments; i++) {
      long echo = 1 + (t.now - begin) / Transcript.MILLI - 20;
      String stamps = " ts " + t.now / Transcript.MILLI + " " + echo;
      t.in(". " + next + ":" + (next + SEGMENT) + " ack 1 win 8000" + stamps);
      next += SEGMENT;
    }
    t.after(20);
    t.drain();
  }

  private Transcript begin(Transcript t) {
    t.listen();
    begin = t.now;
    t.in("S 0 mss 1460 sackOK ts 1000 0 ws 7").out("S. 0 ack 1 sackOK ts 1 1000 ws *");
    t.after(20);
    return t.in(". 1 ack 1 win 8000 ts 1001 1");
  }

  @Test
  void theWindowGrowsWithWhatIsRead() {
    try (Transcript t = begin(new Transcript())) {
      for (int segments = 10; segments < 400; segments *= 2) {
        burst(t, segments);
      }
      assertThat(t.connection().options().receiveBuffer()).isGreaterThan(1 << 20);
      assertThat(t.info().receiveWindow()).isGreaterThan(300_000);
    }
  }

  @Test
  void anApplicationThatDoesNotReadGetsNoMore() {
    try (Transcript t = begin(new Transcript())) {
      t.app.take = 0;
      for (int i = 0; i < 4; i++) {
        burst(t, 10);
      }
      assertThat(t.connection().options().receiveBuffer()).isEqualTo(131_072);
    }
  }

  @Test
  void itEndsAtTheGreatestSize() {
    try (Transcript t = begin(new Transcript(Transcript.config().rmem(4096, 131_072, 300_000)))) {
      for (int segments = 10; segments < 100; segments *= 2) {
        burst(t, segments);
      }
      assertThat(t.connection().options().receiveBuffer()).isEqualTo(300_000);
      assertThat(t.info().receiveWindow()).isLessThanOrEqualTo(150_000 + 128);
    }
  }

  @Test
  void aFixedSizeStays() {
    try (Transcript t = begin(new Transcript())) {
      t.connection().options().receiveBuffer(65_536);
      for (int segments = 10; segments < 80; segments *= 2) {
        burst(t, segments);
      }
      assertThat(t.connection().options().receiveBuffer()).isEqualTo(131_072);
    }
  }

  @Test
  void underPressureItDoesNotGrow() {
    try (Transcript t = begin(new Transcript(Transcript.config().mem(1, 2, 1 << 22)))) {
      t.connection().sendBytes(t.scratch2, 100);
      for (int segments = 10; segments < 40; segments *= 2) {
        burst(t, segments);
      }
      assertThat(t.connection().options().receiveBuffer()).isEqualTo(131_072);
      assertThat(t.count(StackCounter.MEMORY_PRESSURES)).isEqualTo(1);
    }
  }
}
