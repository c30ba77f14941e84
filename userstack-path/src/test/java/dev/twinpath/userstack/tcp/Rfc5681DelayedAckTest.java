package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/**
 * When received data is acknowledged (RFC 5681 section 4.2), as Linux decides it: its quick,
 * delayed and interactive modes.
 */
class Rfc5681DelayedAckTest {
  private static Transcript interactive() {
    Transcript t = new Transcript().established();
    t.in("P. 1:101 ack 1");
    t.drain();
    t.write(100).out("P. 1:101 ack 101").in(". 101 ack 101");
    return t;
  }

  @Test
  void theFirstSegmentsAreAcknowledgedAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      for (int i = 0; i < 16; i++) {
        t.in(". " + (1 + i) + ":" + (2 + i) + " ack 1").out(". 1 ack " + (2 + i));
      }
      t.in(". 17:18 ack 1").silence(39).after(2).out(". 1 ack 18");
    }
  }

  @Test
  void anInteractiveConnectionWaitsForTheAnswer() {
    try (Transcript t = interactive()) {
      t.in("P. 101:201 ack 101").silence(39).after(2).out(". 101 ack 201");
      assertThat(t.count(StackCounter.DELAYED_ACKS)).isEqualTo(1);
    }
  }

  @Test
  void anAnswerCarriesTheAck() {
    try (Transcript t = interactive()) {
      t.in("P. 101:201 ack 101").after(10);
      t.write(50).out("P. 101:151 ack 201").silence(100);
    }
  }

  @Test
  void aDelayThatWasInVainEndsTheInteractiveMode() {
    try (Transcript t = interactive()) {
      t.in("P. 101:201 ack 101").after(45).out(". 101 ack 201");
      t.in("P. 201:301 ack 101").out(". 101 ack 301");
    }
  }

  @Test
  void everySecondFullSegmentIsAcknowledged() {
    try (Transcript t = interactive()) {
      t.in(". 101:1561 ack 101").nothing();
      t.in(". 1561:3021 ack 101").out(". 101 ack 3021");
      t.in(". 3021:4481 ack 101").nothing();
      t.in(". 4481:5941 ack 101").out(". 101 ack 5941");
    }
  }

  @Test
  void theOptionSendsAnAckThatWaits() {
    try (Transcript t = interactive()) {
      t.connection().options().quickAck(false);
      t.in("P. 101:201 ack 101").nothing();
      t.connection().options().quickAck(true);
      t.run().out(". 101 ack 201");
    }
  }

  @Test
  void aReadOfWhatWasSmallIsAcknowledgedAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      for (int i = 0; i < 16; i++) {
        t.in(". " + (1 + i) + ":" + (2 + i) + " ack 1").out(". 1 ack " + (2 + i));
      }
      t.in("P. 17:117 ack 1").nothing();
      t.connection().receive(t.scratch2, 200);
      t.run().out(". 1 ack 117");
    }
  }

  @Test
  void whatComesTwiceIsAcknowledgedAtOnceAndSoAreTheNext() {
    try (Transcript t = interactive()) {
      t.in("P. 1:101 ack 101").out(". 101 ack 101");
      t.in("P. 101:201 ack 101").out(". 101 ack 201");
    }
  }

  @Test
  void aLongGapBringsQuickAcksBack() {
    try (Transcript t = interactive()) {
      t.app.take = 0;
      t.in("P. 101:201 ack 101").after(45).out(". 101 ack 201");
      t.after(5_000);
      t.in("P. 201:301 ack 101").out(". 101 ack 301");
    }
  }

  @Test
  void joinedSegmentsCountOneByOne() {
    try (Transcript t = interactive()) {
      t.in(". 101:701 ack 101").nothing();
      t.inTogether(". 701:1301 ack 101", ". 1301:1901 ack 101").out(". 101 ack 1901");
    }
  }

  @Test
  void aFilledHoleIsAcknowledgedAtOnce() {
    try (Transcript t = interactive()) {
      t.in(". 1001:2001 ack 101").out(". 101 ack 101");
      t.in(". 101:1001 ack 101").out(". 101 ack 2001");
    }
  }
}
