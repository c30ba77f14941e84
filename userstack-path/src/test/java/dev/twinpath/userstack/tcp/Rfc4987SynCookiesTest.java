package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SYN cookies: RFC 4987 section 3.6, laid out as Linux's. */
class Rfc4987SynCookiesTest {
  private static Transcript always() {
    return new Transcript(Transcript.config().synCookies(2)).listen();
  }

  private static void alive(Transcript t) {
    assertThat(t.connection()).isNotNull();
    assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
  }

  @Test
  void aFullSynQueueAnswersByCookieAndKeepsNothing() {
    try (Transcript t = new Transcript(Transcript.config().maxSynBacklog(1)).listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1 win 64240 mss 1460");
      assertThat(t.stack.connectionCount()).as("only the one in the queue").isEqualTo(1);
      assertThat(t.count(StackCounter.SYN_COOKIES_SENT)).isEqualTo(1);
      assertThat(t.count(StackCounter.SYN_QUEUE_COOKIES)).isEqualTo(1);
      t.in(". 1 ack 1 win 1000").nothing();
      alive(t);
      assertThat(t.info().sendWindow()).isEqualTo(1000);
      assertThat(t.count(StackCounter.SYN_COOKIES_RECEIVED)).isEqualTo(1);
      assertThat(t.count(StackCounter.PASSIVE_OPENS)).isEqualTo(1);
      t.write(100).out("P. 1:101 ack 1");
    }
  }

  @Test
  void theBacklogBoundsTheSynQueueToo() {
    try (Transcript t = new Transcript().listen(2)) {
      for (int i = 0; i < 10; i++) {
        t.peerPort = 40000 + i;
        t.in("S 0 mss 1460");
      }
      assertThat(t.drain()).isEqualTo(10);
      assertThat(t.listener.synQueueLength()).isEqualTo(3);
      assertThat(t.count(StackCounter.SYN_COOKIES_SENT)).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "100, 536",
    "536, 536",
    "1299, 536",
    "1300, 1300",
    "1439, 1300",
    "1440, 1440",
    "1459, 1440",
    "1460, 1460",
    "8960, 1460"
  })
  void theMssIsRoundedDownToOneOfFour(int offered, int used) {
    try (Transcript t = always()) {
      t.in("S 0 mss " + offered).out("S. 0 ack 1 mss 1460").in(". 1 ack 1");
      assertThat(t.info().mss()).isEqualTo(used);
    }
  }

  @Test
  void timestampsCarryTheOtherOptions() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460 sackOK ts 77 0 ws 7").out("S. 0 ack 1 mss 1460 sackOK ts * 77 ws *");
      t.in(". 1 ack 1 win 229 ts 78 1");
      alive(t);
      assertThat(t.info().sack()).isTrue();
      assertThat(t.info().timestamps()).isTrue();
      assertThat(t.info().sendWindowScale()).isEqualTo(7);
      assertThat(t.info().sendWindow()).isEqualTo(229 << 7);
      assertThat(t.info().mss()).isEqualTo(1460 - 12);
      t.write(10).out("P. 1:11 ack 1 ts * 78");
    }
  }

  @Test
  void whatTheSynDidNotOfferIsNotUsed() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460 ts 77 0").out("S. 0 ack 1 mss 1460 ts * 77");
      t.in(". 1 ack 1 ts 78 1");
      alive(t);
      assertThat(t.info().sack()).isFalse();
      assertThat(t.info().sendWindowScale()).isEqualTo(-1);
      assertThat(t.info().timestamps()).isTrue();
    }
  }

  @Test
  void withoutTimestampsNothingElseIsAgreedOn() {
    try (Transcript t = always()) {
      t.in("SEC 0 mss 1460 sackOK ws 7").out("S. 0 ack 1 mss 1460");
      t.in(". 1 ack 1 win 100");
      assertThat(t.info().sendWindow()).isEqualTo(100);
      assertThat(t.info().sack()).isFalse();
      assertThat(t.info().ecn()).isFalse();
    }
  }

  @Test
  void theTimestampIsNeverLaterThanTheClock() {
    try (Transcript t = always()) {
      for (int i = 0; i < 130; i++) {
        t.stackSequenceKnown = false;
        t.peerPort++;
        t.in("S 0 mss 1460 sackOK ts 77 0 ws 7").out("S. 0 ack 1 sackOK ts * 77 ws *");
        t.stackTimestampKnown = false;
        t.after(1);
      }
      t.in(". 1 ack 1 ts 78 1");
      t.write(10).out("P. 1:11 ack 1 ts * 78");
    }
  }

  @Test
  void congestionNotificationIsAgreedOnByTimestamp() {
    try (Transcript t = always()) {
      t.in("SEC 0 mss 1460 ts 77 0").out("S.E 0 ack 1 mss 1460 ts * 77");
      t.in(". 1 ack 1 ts 78 1");
      assertThat(t.info().ecn()).isTrue();
      t.write(10).out("P. 1:11 ack 1 ecn 2");
    }
  }

  @Test
  void dataWithTheAckIsDelivered() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("P. 1:101 ack 1").received(100).out(". 1 ack 101");
    }
  }

  @Test
  void aLostAckIsMadeUpForByTheData() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(5_000).in("P. 1:101 ack 1").received(100).out(". 1 ack 101");
    }
  }

  @Test
  void anAckThatAlreadyCloses() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("FP. 1:11 ack 1").received(10).after(41).out(". 1 ack 12");
      assertThat(t.connection().state()).isEqualTo(TcpState.CLOSE_WAIT);
    }
  }

  @Test
  void aCookieIsNotSentAgainByItself() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1").silence(60_000);
      assertThat(t.stack.armedTimers()).as("the neighbour's").isLessThanOrEqualTo(1);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void aForgedAckIsReset() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in(". 1 ack 2").out("R 2");
      t.in(". 100 ack 1").out("R 1");
      t.peerPort++;
      assertThat(t.count(StackCounter.SYN_COOKIES_FAILED)).isEqualTo(2);
      assertThat(t.stack.connectionCount()).isZero();
    }
  }

  @Test
  void guessingCookiesDoesNotPay() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      for (int i = 0; i < 5_000; i++) {
        t.in(". 1 ack " + (2 + i * 100_003L));
      }
      t.drain();
      assertThat(t.count(StackCounter.SYN_COOKIES_RECEIVED)).isZero();
      assertThat(t.stack.connectionCount()).isZero();
    }
  }

  @Test
  void aCookieIsGoodForAMinuteAtLeast() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(59_999).in(". 1 ack 1");
      alive(t);
    }
  }

  @Test
  void aCookieIsNotGoodAfterTwoMinutes() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(115_000);
      // Another cookie, so that the listener is still ready to take some.
      t.peerPort++;
      t.in("S 0 mss 1460").drain();
      t.peerPort--;
      t.after(5_000).in(". 1 ack 1").out("R 1");
      assertThat(t.count(StackCounter.SYN_COOKIES_FAILED)).isEqualTo(1);
    }
  }

  @Test
  void aListenerThatSentNoCookieTakesNone() {
    try (Transcript t = new Transcript().listen()) {
      t.in(". 1 ack 1").out("R *");
      assertThat(t.count(StackCounter.SYN_COOKIES_FAILED)).isZero();
    }
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(121_000).in(". 1 ack 1").out("R 1");
      assertThat(t.count(StackCounter.SYN_COOKIES_FAILED)).as("not even looked at").isZero();
    }
  }

  @Test
  void whileTheAcceptQueueIsFullNothingIsAnswered() {
    try (Transcript t = new Transcript(Transcript.config().synCookies(2)).listen(0)) {
      t.listener.accepting(false);
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in(". 1 ack 1");
      int first = t.stackSequence;
      t.peerPort++;
      t.in("S 0 mss 1460").nothing();
      assertThat(t.count(StackCounter.LISTEN_OVERFLOWS)).isEqualTo(1);
      t.listener.accepting(true);
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.listener.accepting(false);
      t.peerPort++;
      int second = t.stackSequence;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1");
      t.peerPort--;
      t.stackSequence = second;
      t.in(". 1 ack 1").nothing();
      assertThat(t.count(StackCounter.LISTEN_OVERFLOWS)).isEqualTo(2);
      t.listener.accepting(true);
      t.in("P. 1:11 ack 1").out(". 1 ack 11");
      assertThat(t.stack.counters().connections(TcpState.ESTABLISHED)).isEqualTo(3);
      assertThat(first).isNotEqualTo(second);
    }
  }

  @Test
  void withoutCookiesAFullQueueDrops() {
    try (Transcript t =
        new Transcript(Transcript.config().synCookies(0).maxSynBacklog(1)).listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.peerPort++;
      t.in("S 0 mss 1460").nothing();
      assertThat(t.count(StackCounter.SYN_QUEUE_DROPS)).isEqualTo(1);
      assertThat(t.count(StackCounter.LISTEN_DROPS)).isEqualTo(1);
    }
  }

  @Test
  void cookiesDifferByPeerAndMinute() {
    try (Transcript t = always()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      int one = t.stackSequence;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.stackSequence).as("the same minute").isEqualTo(one);
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.stackSequence).isNotEqualTo(one);
      t.peerPort--;
      t.stackSequenceKnown = false;
      t.after(60_000).in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.stackSequence).isNotEqualTo(one);
    }
  }
}
