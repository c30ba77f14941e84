package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/**
 * The peer's window: zero-window probes, silly-window avoidance, Nagle, corking (RFC 9293 section
 * 3.8.6).
 */
class WindowTest {
  @Test
  void nothingGoesBeyondTheWindow() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 2000 mss 1460").out("S. 0 ack 1").in(". 1 ack 1 win 2000");
      t.write(5000).out(". 1:1461").nothing();
      t.in(". 1 ack 1461 win 4000").out(". 1461:2921").out(". 2921:4381").out("P. 4381:5001");
    }
  }

  @Test
  void aShutWindowIsProbedWithBackoff() {
    try (Transcript t = new Transcript().established()) {
      t.write(1460).out("P. 1:1461").in(". 1 ack 1461 win 0");
      t.write(100).silence(190);
      t.after(20).out(". 1460 ack 1");
      t.in(". 1 ack 1461 win 0").silence(350).after(60).out(". 1460 ack 1");
      t.in(". 1 ack 1461 win 1000").out("P. 1461:1561");
      assertThat(t.count(StackCounter.WINDOW_PROBES)).isEqualTo(2);
    }
  }

  @Test
  void aLostWindowUpdateDoesNotHangTheConnection() {
    try (Transcript t = new Transcript().established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 0");
      t.write(100).after(210).out(". 1460 ack 1");
      // The update was lost; the answer to the probe brings it.
      t.in(". 1 ack 1461 win 5000").out("P. 1461:1561");
    }
  }

  @Test
  void aPeerThatNeverAnswersProbesIsGivenUp() {
    try (Transcript t = new Transcript(Transcript.config().retries(4)).established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 0");
      t.write(100).after(60_000);
      assertThat(t.drain()).isEqualTo(4);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aPeerThatAnswersProbesIsNotGivenUp() {
    try (Transcript t = new Transcript(Transcript.config().retries(4)).established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 0");
      t.write(100);
      for (int i = 0; i < 50; i++) {
        while (t.wire.fromStack.isEmpty()) {
          t.after(100);
        }
        t.drain();
        t.in(". 1 ack 1461 win 0");
      }
      assertThat(t.app.closed).isNull();
    }
  }

  @Test
  void sillyWindowsAreNotUsedUntilThePersistTimerSaysSo() {
    try (Transcript t = new Transcript().established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 100");
      t.write(5000).nothing();
      t.after(210).out(". 1461:1561");
    }
  }

  @Test
  void aSmallReceiversHalfWindowIsUsed() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 1000 mss 1460").out("S. 0 ack 1").in(". 1 ack 1 win 1000");
      t.write(3000).out(". 1:1001").nothing();
      t.in(". 1 ack 1001 win 1000").out(". 1001:2001");
    }
  }

  @Test
  void aFinThatDoesNotFitWaits() {
    try (Transcript t = new Transcript().established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 0");
      t.connection().close();
      t.nothing();
      t.in(". 1 ack 1461 win 1").out("F. 1461");
    }
  }

  @Test
  void queuedDataWaitsForFlush() {
    try (Transcript t = new Transcript().established()) {
      t.writeMore(100).silence(1_000);
      t.writeMore(100);
      t.connection().flush();
      t.out("P. 1:201").nothing();
    }
  }

  @Test
  void withoutNagleSmallSegmentsFollowEachOther() {
    try (Transcript t = new Transcript().established()) {
      t.write(10).out("P. 1:11").write(10).out("P. 11:21");
    }
  }

  @Test
  void withNagleASmallSegmentWaitsForTheAck() {
    try (Transcript t = new Transcript().established()) {
      t.connection().noDelay(false);
      t.write(10).out("P. 1:11").write(10).write(10).nothing();
      t.in(". 1 ack 11").out("P. 11:31");
    }
  }

  @Test
  void theWindowScaleOfThePeerCounts() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 1000 mss 1460 ws 3").out("S. 0 ack 1 ws *").in(". 1 ack 1 win 500");
      assertThat(t.info().sendWindow()).isEqualTo(4000);
      t.write(10_000).out(". 1:1461").out(". 1461:2921").nothing();
    }
  }

  @Test
  void aWindowThatShrinksBelowWhatIsOutHurtsNobody() {
    try (Transcript t = new Transcript().established()) {
      t.write(8760);
      assertThat(t.drain()).isEqualTo(6);
      t.in(". 1 ack 2921 win 100").nothing();
      t.after(205).out(". 2921:4381");
      t.in(". 1 ack 8761 win 30000");
      assertThat(t.connection().bytesAcked()).isEqualTo(8760);
    }
  }

  @Test
  void keepAliveProbesAnIdlePeerAndEndsADeadOne() {
    try (Transcript t = new Transcript().established()) {
      t.connection().keepAlive(true, 60, 10, 3);
      t.silence(59_900).after(200).out(". 0 ack 1");
      t.in(". 1 ack 1");
      t.silence(59_000).after(1_200).out(". 0 ack 1");
      t.after(10_000).out(". 0 ack 1").after(10_000).out(". 0 ack 1");
      t.after(10_000).out("R. 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aPeersKeepAliveIsAnswered() {
    try (Transcript t = new Transcript().established()) {
      t.in(". 0 ack 1").out(". 1 ack 1");
    }
  }
}
