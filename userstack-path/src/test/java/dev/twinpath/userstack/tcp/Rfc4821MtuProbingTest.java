package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Packetization-layer path MTU discovery (RFC 4821, RFC 8899), as Linux's tcp_mtu_probing. */
class Rfc4821MtuProbingTest {
  private static Transcript probing(int mode) {
    Transcript t =
        new Transcript(
            Transcript.config()
                .mtuProbing(mode)
                .baseMss(512)
                .initialWindowSegments(40)
                .minRto(200));
    t.listen().in("S 0 win 65000 mss 1460 sackOK").out("S. 0 ack 1 sackOK");
    return t.after(20).in(". 1 ack 1 win 65000");
  }

  /** The NIC cuts; here segments are counted as they were on the line. */
  private static void segments(Transcript t, long from, int size, int count) {
    for (int i = 0; i < count; i++) {
      t.out(". " + (from + (long) i * size) + ":" + (from + (long) (i + 1) * size) + " ack 1");
    }
  }

  @Test
  void aLargerSegmentGoesFirstAndRaisesTheSizeWhenItArrives() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ALWAYS)) {
      t.write(4000);
      t.out(". 1:987 ack 1");
      segments(t, 987, 512, 5);
      t.out("P. 3547:4001 ack 1");
      t.in(". 1 ack 4001 win 65000").nothing();
      assertThat(t.info().mss()).isEqualTo(986);
      assertThat(t.count(StackCounter.MTU_PROBE_SUCCESSES)).isEqualTo(1);
    }
  }

  @Test
  void theSearchHalvesWhatIsUnknown() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ALWAYS)) {
      long sent = 1;
      int[] sizes = {986, 1223, 1341, 1400, 1430, 1445, 1452, 1456};
      for (int size : sizes) {
        t.write(9_000);
        t.out(". " + sent + ":" + (sent + size) + " ack 1");
        sent += 9_000;
        while (t.connection().bytesAcked() < sent - 1) {
          t.after(1).drain();
          long all = t.connection().bytesAcked() + t.connection().unackedBytes();
          t.in(". 1 ack " + (1 + all) + " win 65000");
        }
        t.drain();
      }
      assertThat(t.info().mss()).isGreaterThan(1440);
    }
  }

  @Test
  void aLostProbeIsSentAgainInPiecesAndTheWindowStays() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ALWAYS)) {
      t.write(4000).out(". 1:987 ack 1");
      t.drain();
      long window = t.info().congestionWindow();
      t.after(10);
      t.in(". 1 ack 1 win 65000 sack 987-1499");
      t.in(". 1 ack 1 win 65000 sack 987-2011");
      t.in(". 1 ack 1 win 65000 sack 987-2523");
      t.after(20);
      t.out(". 1:513 ack 1").out(". 513:987 ack 1");
      assertThat(t.count(StackCounter.MTU_PROBE_FAILURES)).isEqualTo(1);
      assertThat(t.count(StackCounter.RECOVERIES)).isZero();
      t.in(". 1 ack 4001 win 65000");
      assertThat(t.info().congestionWindow()).isGreaterThanOrEqualTo(window);
      assertThat(t.info().mss()).isEqualTo(512);
      // The next probe is smaller.
      t.write(4000).out(". 4001:4749 ack 1");
    }
  }

  @Test
  void aLossElsewhereIsCongestion() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ALWAYS)) {
      t.write(6000).drain();
      t.after(10);
      t.in(". 1 ack 987 win 65000");
      t.in(". 1 ack 987 win 65000 sack 1499-2011");
      t.in(". 1 ack 987 win 65000 sack 1499-2523");
      t.in(". 1 ack 987 win 65000 sack 1499-3035");
      t.after(20);
      assertThat(t.count(StackCounter.MTU_PROBE_SUCCESSES)).isEqualTo(1);
      assertThat(t.count(StackCounter.RECOVERIES)).isEqualTo(1);
    }
  }

  @Test
  void withoutEnoughDataNothingIsProbed() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ALWAYS)) {
      t.write(2000);
      t.drain();
      assertThat(t.count(StackCounter.MTU_PROBES)).isZero();
    }
  }

  @Test
  void aBlackHoleShrinksSegmentsAfterThreeTimeouts() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ON_BLACK_HOLE)) {
      t.write(1460).out("P. 1:1461 ack 1");
      t.after(220).after(1_000);
      t.drain();
      assertThat(t.count(StackCounter.MTU_BLACK_HOLES)).isZero();
      while (t.count(StackCounter.TIMEOUTS) < 4) {
        t.drain();
        t.after(100);
      }
      t.out(". 1:513 ack 1");
      assertThat(t.count(StackCounter.MTU_BLACK_HOLES)).isEqualTo(1);
      t.in(". 1 ack 513 win 65000").out(". 513:1025 ack 1").out("P. 1025:1461 ack 1");
      t.in(". 1 ack 1461 win 65000").nothing();
      assertThat(t.info().mss()).isEqualTo(512);
    }
  }

  @Test
  void aBlackHoleThatGoesOnShrinksThemFurther() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_ON_BLACK_HOLE)) {
      t.write(1460).out("P. 1:1461 ack 1");
      while (t.count(StackCounter.TIMEOUTS) < 9) {
        t.drain();
        t.after(100);
      }
      assertThat(t.info().mss()).isEqualTo(48);
    }
  }

  @Test
  void offMeansThatNothingChanges() {
    try (Transcript t = probing(StackConfig.MTU_PROBING_OFF)) {
      t.write(1460).out("P. 1:1461 ack 1");
      while (t.count(StackCounter.TIMEOUTS) < 6) {
        t.drain();
        t.after(100);
      }
      assertThat(t.info().mss()).isEqualTo(1460);
      assertThat(t.count(StackCounter.MTU_BLACK_HOLES)).isZero();
    }
  }

  @Test
  void modesAndSizesAreChecked() {
    assertThatThrownBy(() -> Transcript.config().mtuProbing(3).build())
        .hasMessageContaining("mtuProbing is 0 (off), 1 (on a black hole) or 2 (always), not 3");
    assertThatThrownBy(() -> Transcript.config().baseMss(40).build())
        .hasMessageContaining("48..65495");
  }
}
