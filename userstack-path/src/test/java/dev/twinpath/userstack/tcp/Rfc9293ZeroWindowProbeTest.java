package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Probing a window that is shut (RFC 9293 section 3.8.6.1), as Linux does. */
class Rfc9293ZeroWindowProbeTest {
  private static Transcript shut(Transcript t) {
    t.established();
    t.write(1460).out("P. 1:1461").in(". 1 ack 1461 win 0");
    return t;
  }

  @Test
  void probesAreOneBeforeTheFirstUnacknowledgedAndBackOff() {
    try (Transcript t = shut(new Transcript())) {
      t.write(100).silence(199).after(2).out(". 1460 ack 1");
      t.silence(395).after(8).out(". 1460 ack 1");
      t.silence(795).after(8).out(". 1460 ack 1");
      assertThat(t.count(StackCounter.WINDOW_PROBES)).isEqualTo(3);
    }
  }

  @Test
  void answersKeepTheBackOff() {
    try (Transcript t = shut(new Transcript())) {
      t.write(100).after(201).out(". 1460 ack 1");
      t.in(". 1 ack 1461 win 0").silence(395).after(8).out(". 1460 ack 1");
      t.in(". 1 ack 1461 win 0").silence(795).after(8).out(". 1460 ack 1");
    }
  }

  @Test
  void theAnswerToAProbeOpensTheWindow() {
    try (Transcript t = shut(new Transcript())) {
      t.write(100).after(210).out(". 1460 ack 1");
      t.in(". 1 ack 1461 win 5000").out("P. 1461:1561").in(". 1 ack 1561 win 0");
      t.write(10).silence(195).after(10).out(". 1560 ack 1");
    }
  }

  @Test
  void aPeerThatNeverAnswersIsGivenUp() {
    try (Transcript t = shut(new Transcript(Transcript.config().retries(4)))) {
      t.write(100).after(60_000);
      assertThat(t.drain()).isEqualTo(4);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aPeerThatAnswersIsNotGivenUp() {
    try (Transcript t = shut(new Transcript(Transcript.config().retries(4)))) {
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
  void ourShutWindowAnswersProbes() {
    try (Transcript t = new Transcript(Transcript.config().rmem(4096, 5840, 5840)).established()) {
      t.app.take = 0;
      t.in(". 1:2921 ack 1");
      t.after(300).out(". 1 ack 2921 win 0");
      t.in(". 2920 ack 1").out(". 1 ack 2921 win 0");
      t.after(1000);
      t.in(". 2920 ack 1").out(". 1 ack 2921 win 0");
    }
  }

  @Test
  void aProbeWithAByteIsAnsweredAndTheByteIsNotTaken() {
    try (Transcript t = new Transcript(Transcript.config().rmem(4096, 5840, 5840)).established()) {
      t.app.take = 0;
      t.in(". 1:2921 ack 1");
      t.after(300).out(". 1 ack 2921 win 0");
      t.in(". 2921:2922 ack 1").out(". 1 ack 2921 win 0");
    }
  }
}
