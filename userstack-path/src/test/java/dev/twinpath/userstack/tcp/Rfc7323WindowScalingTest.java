package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Window scaling (RFC 7323 section 2), with the windows that Linux offers. */
class Rfc7323WindowScalingTest {
  private static void connect(Transcript t) {
    t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
  }

  @Test
  void aPassiveOpenOffersWholeSegmentsAndTheScaleOfTheGreatestBuffer() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460 sackOK ws 7").out("S. 0 ack 1 win 64240 mss 1460 sackOK ws 7");
    }
  }

  @Test
  void timestampsMakeTheWholeSegmentsSmaller() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460 sackOK ts 5 0 ws 7");
      t.out("S. 0 ack 1 win 65160 mss 1460 sackOK ts * 5 ws 7");
      t.in(". 1 ack 1 win 500 ts 6 0");
      t.in("P. 1:101 ack 1 win 500 ts 7 0").out(". 1 ack 101 win 509");
    }
  }

  @Test
  void anActiveOpenRoundsItsFirstWindowUp() {
    try (Transcript t = new Transcript()) {
      connect(t);
      t.out("S 0 win 64240 mss 1460 sackOK ts * 0 ws 7");
      t.in("S. 0 ack 1 mss 1460 sackOK ts 10 1 ws 7").out(". 1 ack 1 win 502");
    }
  }

  @Test
  void withoutTheOptionNothingIsScaled() {
    try (Transcript t = new Transcript()) {
      connect(t);
      t.out("S 0 win 64240 mss 1460 sackOK ts * 0 ws 7");
      t.in("S. 0 ack 1 win 1000 mss 1460").out(". 1 ack 1 win 64240");
      t.in(". 1 ack 1 win 2000");
      assertThat(t.info().sendWindow()).isEqualTo(2000);
      assertThat(t.info().receiveWindowScale()).isEqualTo(-1);
    }
  }

  @Test
  void theWindowOfASynIsNeverScaled() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 1000 mss 1460 ws 3").out("S. 0 ack 1 ws *");
      t.in(". 1 ack 1 win 500");
      assertThat(t.info().sendWindow()).isEqualTo(4000);
      t.write(10_000).out(". 1:1461").out(". 1461:2921").nothing();
    }
  }

  @Test
  void aScaleBeyondFourteenCountsAsFourteen() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 1000 mss 1460 ws 15").out("S. 0 ack 1 ws *").in(". 1 ack 1 win 2");
      assertThat(t.info().sendWindow()).isEqualTo(2 << 14);
    }
  }

  @Test
  void aSmallGreatestBufferNeedsNoScale() {
    try (Transcript t =
        new Transcript(Transcript.config().rmem(4096, 16_384, 65_535).maxReceiveOption(65_535))) {
      t.listen().in("S 0 mss 1460 ws 7").out("S. 0 ack 1 win 7300 ws 0");
    }
  }

  @Test
  void aFixedBufferBoundsTheScale() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().receiveBuffer(200_000);
      t.in("S 0 mss 1460 ws 7").out("S. 0 ack 1 win 65535 ws 2");
    }
  }
}
