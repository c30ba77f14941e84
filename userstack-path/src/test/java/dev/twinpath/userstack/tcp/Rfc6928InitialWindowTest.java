package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6928: an initial window of ten segments. */
class Rfc6928InitialWindowTest {
  @ParameterizedTest
  @ValueSource(strings = {"cubic", "reno", "bbr"})
  void tenSegmentsGoAtOnce(String control) {
    try (Transcript t =
        new Transcript(Transcript.config().congestionControl(control)).establishedWithSack()) {
      t.write(100_000);
      assertThat(t.drain()).isEqualTo(10);
      assertThat(t.silence(19).info().congestionWindow()).isEqualTo(14_600);
    }
  }

  @Test
  void ofASmallSegmentSizeTenToo() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 536").out("S. 0 ack 1");
      t.in(". 1 ack 1");
      t.write(20_000);
      assertThat(t.drain()).isEqualTo(10);
      assertThat(t.info().congestionWindow()).isEqualTo(5_360);
    }
  }

  @Test
  void thePeersWindowIsABoundAsEver() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in(". 1 ack 1 win 4380");
      t.write(20_000);
      assertThat(t.drain()).isEqualTo(3);
    }
  }

  @Test
  void aConfigurationMayHaveAnother() {
    try (Transcript t =
        new Transcript(Transcript.config().initialWindowSegments(3)).establishedWithSack()) {
      t.write(100_000);
      assertThat(t.drain()).isEqualTo(3);
    }
  }

  @Test
  void aHandshakeThatWasLostTwiceStartsWithOne() {
    // RFC 5681 section 3.1; the first loss is forgiven (Linux, tcp_init_cwnd).
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(1_100).out("S. 0 ack 1");
      t.after(2_100).out("S. 0 ack 1");
      t.in(". 1 ack 1");
      t.write(20_000);
      assertThat(t.drain()).isEqualTo(1);
    }
  }
}
