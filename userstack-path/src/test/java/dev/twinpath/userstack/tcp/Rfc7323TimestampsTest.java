package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Timestamps (RFC 7323 section 3 and 4). */
class Rfc7323TimestampsTest {
  @Test
  void theValueOfTheLastInOrderSegmentIsEchoed() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("P. 1:101 ack 1 win 8000 ts 1100 0").out(". 1 ack 101 ts * 1100");
      t.in("P. 101:201 ack 1 win 8000 ts 1200 0").out(". 1 ack 201 ts * 1200");
    }
  }

  @Test
  void aDelayedAckEchoesTheEarliestSegment() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.connection().options().quickAck(false);
      t.app.take = 0;
      t.in(". 1:101 ack 1 win 8000 ts 1100 0").nothing();
      t.in(". 101:201 ack 1 win 8000 ts 1150 0");
      t.after(300).out(". 1 ack 201 ts * 1100");
    }
  }

  @Test
  void aSegmentBeyondAHoleDoesNotChangeTheEcho() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in(". 1001:2001 ack 1 win 8000 ts 1300 0").out(". 1 ack 1 ts * 1001 sack 1001-2001");
      t.in(". 1:1001 ack 1 win 8000 ts 1350 0").out(". 1 ack 2001 ts * 1350");
    }
  }

  @Test
  void withoutTheOptionInBothSynsThereAreNone() {
    try (Transcript t = new Transcript(Transcript.config().timestamps(false)).listen()) {
      t.in("S 0 mss 1460 ts 5 0").out("S. 0 ack 1 mss 1460").in(". 1 ack 1");
      assertThat(t.info().timestamps()).isFalse();
    }
  }

  @Test
  void theSenderMeasuresByTheEcho() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      assertThat(t.info().smoothedRtt()).isEqualTo(20_000_000L);
      t.write(1448).write(1448).out("P. 1:1449 ts 21 *").out("P. 1449:2897 ts 21 *");
      t.after(100).in(". 1 ack 2897 win 8000 ts 1100 21");
      assertThat(t.info().smoothedRtt()).isEqualTo(30_000_000L);
    }
  }
}
