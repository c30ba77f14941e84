package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/**
 * Connections that the application has closed: tcp_max_orphans, tcp_orphan_retries,
 * tcp_fin_timeout.
 */
class OrphanLimitTest {
  @Test
  void tooManyOrphansAreReset() {
    try (Transcript t = new Transcript(Transcript.config().maxOrphans(0)).established()) {
      t.connection().close();
      t.out("R. 1");
      assertThat(t.count(StackCounter.ABORT_ON_ORPHANS)).isEqualTo(1);
    }
  }

  @Test
  void anOrphanGivesUpSooner() {
    try (Transcript t = new Transcript(Transcript.config().orphanRetries(3)).established()) {
      t.write(1000).drain();
      t.connection().close();
      t.after(600_000);
      assertThat(t.count(StackCounter.ABORT_ON_TIMEOUT)).isEqualTo(1);
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void anOrphanWhoseWindowStaysShutGivesUp() {
    try (Transcript t = new Transcript(Transcript.config().orphanRetries(3)).established()) {
      t.in(". 1 ack 1 win 0");
      t.write(1000).nothing();
      t.connection().close();
      for (int i = 0; i < 20 && t.stack.connectionCount() > 0; i++) {
        t.after(60_000);
      }
      assertThat(t.count(StackCounter.ABORT_ON_TIMEOUT)).isEqualTo(1);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void orphansThatEndMakeRoom() {
    try (Transcript t = new Transcript(Transcript.config().maxOrphans(1)).established()) {
      t.connection().close();
      t.out("F. 1");
      t.in("F. 1 ack 2").out(". 2 ack 2");
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1");
      t.connection().close();
      t.out("F. 1 ack 1");
      assertThat(t.count(StackCounter.ABORT_ON_ORPHANS)).isZero();
    }
  }

  @Test
  void finWait2CountsAsNoOrphan() {
    try (Transcript t = new Transcript(Transcript.config().maxOrphans(1)).established()) {
      t.connection().close();
      t.out("F. 1").in(". 1 ack 2");
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1");
      t.connection().close();
      t.out("F. 1 ack 1");
      assertThat(t.count(StackCounter.ABORT_ON_ORPHANS)).isZero();
    }
  }

  @Test
  void aLongFinTimeoutIsPartlySpentAsAConnection() {
    try (Transcript t = new Transcript(Transcript.config().finTimeout(100_000)).established()) {
      t.connection().close();
      t.out("F. 1").in(". 1 ack 2");
      t.silence(39_900);
      assertThat(t.stack.connectionCount()).isEqualTo(1);
      t.silence(200);
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.silence(60_000);
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void aTableThatMayHoldNothingHoldsNothing() {
    try (Transcript t = new Transcript(Transcript.config().maxTimeWait(0)).established()) {
      t.connection().close();
      t.out("F. 1").in(". 1 ack 2");
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.nic.queuePair(0).flowTable().size()).isZero();
      assertThat(t.count(StackCounter.TIME_WAIT_OVERFLOW)).isEqualTo(1);
    }
  }
}
