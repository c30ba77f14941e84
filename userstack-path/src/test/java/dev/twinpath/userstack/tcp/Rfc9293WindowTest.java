package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** The send and receive windows (RFC 9293 section 3.8.6), and peers that shrink theirs. */
class Rfc9293WindowTest {
  @Test
  void nothingGoesBeyondTheWindow() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 2000 mss 1460").out("S. 0 ack 1").in(". 1 ack 1 win 2000");
      t.write(5000).out(". 1:1461").nothing();
      t.in(". 1 ack 1461 win 4000").out(". 1461:2921").out(". 2921:4381").out("P. 4381:5001");
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
  void aWindowThatShrinksHoldsNewDataBack() {
    try (Transcript t = new Transcript().established()) {
      t.write(2920).drain();
      t.write(2920);
      t.drain();
      t.in(". 1 ack 5841 win 0");
      t.write(1460).nothing();
      t.in(". 1 ack 5841 win 1460").out("P. 5841:7301");
    }
  }

  @Test
  void anOldSegmentDoesNotChangeTheWindow() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:101 ack 1 win 60000").out(". 1 ack 101");
      t.in("P. 101:201 ack 1 win 5000").out(". 1 ack 201");
      t.in(". 101 ack 1 win 100");
      assertThat(t.info().sendWindow()).isEqualTo(5000);
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
  void whatIsNotReadTakesFromTheWindowUntilItIsShut() {
    try (Transcript t =
        new Transcript(Transcript.config().rmem(4096, 16_384, 16_384)).established()) {
      t.app.take = 0;
      t.in(". 1:1461 ack 1").out(". 1 ack 1461 win 5840");
      t.in(". 1461:2921 ack 1").out(". 1 ack 2921 win 4380");
      t.in(". 2921:4381 ack 1").silence(39).after(2).out(". 1 ack 4381 win 2920");
      t.in(". 4381:7301 ack 1");
      t.after(300).out(". 1 ack 7301 win 0");
      assertThat(t.count(StackCounter.ZERO_WINDOW_OUT)).isEqualTo(1);
    }
  }

  @Test
  void theRightEdgeNeverMovesBack() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.app.take = 0;
      long edge = 64_240;
      for (int i = 0; i < 20; i++) {
        int start = 1 + 1460 * i;
        t.in(". " + start + ":" + (start + 1460) + " ack 1 win 8000");
        t.drain();
        long now = start + 1459 + t.info().receiveWindow();
        assertThat(now).isGreaterThanOrEqualTo(edge);
        edge = now;
      }
    }
  }
}
