package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/**
 * When received data is acknowledged (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2), and
 * reassembly.
 */
class AcknowledgmentTest {
  /** Ends the quick ACKs of a connection's beginning. */
  private static void endQuickAcks(Transcript t) {
    for (int i = 0; i < 16; i++) {
      t.in(". " + (1 + i) + ":" + (2 + i) + " ack 1").out(". 1 ack " + (2 + i));
    }
  }

  @Test
  void theFirstSegmentsAreAcknowledgedAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:101 ack 1").out(". 1 ack 101").received(100);
    }
  }

  @Test
  void laterASingleSegmentWaitsForFortyMilliseconds() {
    try (Transcript t = new Transcript().established()) {
      endQuickAcks(t);
      t.app.take = 0;
      t.in("P. 17:117 ack 1").silence(39).after(2).out(". 1 ack 117");
      assertThat(t.count(StackCounter.DELAYED_ACKS)).isEqualTo(1);
    }
  }

  @Test
  void everySecondFullSegmentIsAcknowledged() {
    try (Transcript t = new Transcript().established()) {
      endQuickAcks(t);
      t.in(". 17:1477 ack 1").nothing();
      t.in(". 1477:2937 ack 1").out(". 1 ack 2937");
      t.in(". 2937:4397 ack 1").nothing();
      t.in(". 4397:5857 ack 1").out(". 1 ack 5857").received(5856);
    }
  }

  /** The NIC joins what comes together: the stack still sees two segments. */
  @Test
  void joinedSegmentsCountOneByOne() {
    try (Transcript t = new Transcript().established()) {
      endQuickAcks(t);
      t.in(". 17:617 ack 1").silence(39).after(2).out(". 1 ack 617");
      t.inTogether(". 617:1217 ack 1", ". 1217:1817 ack 1").out(". 1 ack 1817").received(1816);
      assertThat(t.nic.queuePair(0).counters().coalescing().segments()).isEqualTo(2);
    }
  }

  @Test
  void anAnswerCarriesTheAcknowledgment() {
    try (Transcript t = new Transcript().established()) {
      t.inTogether("P. 1:101 ack 1");
      t.drain();
      endQuickAcksByAnswers(t);
      t.wire.toStack.add(t.packet("P. 101:201 ack 201"));
      t.stack.poll(t.now);
      t.stack.poll(t.now);
      t.writeMore(100);
      t.connection().flush();
      t.run().out("P. 201:301 ack 201").nothing();
    }
  }

  private static void endQuickAcksByAnswers(Transcript t) {
    t.write(200).out("P. 1:201 ack 101");
    t.in(". 101 ack 201").nothing();
  }

  @Test
  void dataBeyondAHoleIsKeptAndAcknowledgedAsDuplicate() {
    try (Transcript t = new Transcript().established()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1");
      t.in(". 2001:3001 ack 1").out(". 1 ack 1").received(0);
      t.in(". 1:1001 ack 1").out(". 1 ack 3001").received(3000);
      assertThat(t.count(StackCounter.OUT_OF_ORDER)).isEqualTo(2);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void sackBlocksNameTheLatestFirst() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1 sack 1001-2001");
      t.in(". 3001:4001 ack 1").out(". 1 ack 1 sack 3001-4001,1001-2001");
      t.in(". 5001:6001 ack 1").out(". 1 ack 1 sack 5001-6001,3001-4001,1001-2001");
      t.in(". 2001:3001 ack 1").out(". 1 ack 1 sack 1001-4001,5001-6001");
      t.in(". 1:1001 ack 1").out(". 1 ack 4001 sack 5001-6001");
      t.in(". 4001:5001 ack 1").out(". 1 ack 6001 sack none").received(6000);
    }
  }

  @Test
  void withTimestampsThreeBlocksFit() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      for (int i = 1; i <= 4; i++) {
        t.in(". " + (2000 * i + 1) + ":" + (2000 * i + 1001) + " ack 1 win 8000 ts 1002 0");
      }
      t.out(". 1 ack 1 sack 2001-3001");
      t.out(". 1 ack 1 sack 4001-5001,2001-3001");
      t.out(". 1 ack 1 sack 6001-7001,4001-5001,2001-3001");
      t.out(". 1 ack 1 sack 8001-9001,6001-7001,4001-5001");
    }
  }

  @Test
  void dsackTellsWhatCameTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1:1001 ack 1").out(". 1 ack 1001");
      t.in(". 1:1001 ack 1").out(". 1 ack 1001 sack 1-1001");
      t.in(". 501:1501 ack 1").out(". 1 ack 1501 sack 501-1001").received(1500);
      t.in(". 1501:1601 ack 1").out(". 1 ack 1601 sack none");
    }
  }

  @Test
  void overlapsAreTakenOnce() {
    try (Transcript t = new Transcript().established()) {
      t.in(". 501:1501 ack 1").in(". 1001:2001 ack 1").in(". 1:801 ack 1").received(2000);
    }
  }

  @Test
  void aSegmentThatBeginsInTheWindowIsTakenWholeWhileNothingWaits() {
    try (Transcript t = new Transcript(Transcript.config().rmem(4096, 4096, 4096)).established()) {
      t.app.take = 0;
      // Window 2048.
      t.in("P. 1:2901 ack 1");
      t.after(41).out(". 1 ack 2901 win 0");
      assertThat(t.connection().receiveAvailable()).isEqualTo(2900);
      t.in("P. 2901:3001 ack 1").out(". 1 ack 2901 win 0");
      assertThat(t.connection().receiveAvailable()).isEqualTo(2900);
    }
  }

  @Test
  void dataBeyondTheWindowIsCut() {
    try (Transcript t = new Transcript(Transcript.config().rmem(4096, 8192, 8192)).established()) {
      t.app.take = 0;
      t.in(". 1:1461 ack 1");
      t.drain();
      t.in(". 1461:2961 ack 1").out(". 1 ack 2921 win 0");
      assertThat(t.connection().receiveAvailable()).isEqualTo(2920);
      t.in(". 2921:2922 ack 1").out(". 1 ack 2921 win 0");
      long room = t.arena.allocate(4096).address();
      assertThat(t.connection().receive(room, 4096)).isEqualTo(2920);
      for (int i = 0; i < 2920; i++) {
        assertThat(Memory.getByte(room + i)).isEqualTo(Transcript.patternByte(i));
      }
      t.run().out(". 1 ack 2921 win 2920");
      t.app.take = Integer.MAX_VALUE;
      t.in(". 2921:2924 ack 1");
      assertThat(t.app.received.size()).isEqualTo(3);
    }
  }

  @Test
  void aFullReceivePoolDropsButLosesNothing() {
    try (Transcript t = new Transcript(Transcript.config().receivePool(8192)).established()) {
      t.app.take = 0;
      for (int i = 0; i < 10; i++) {
        t.in(". " + (1 + 1000 * i) + ":" + (1001 + 1000 * i) + " ack 1");
      }
      assertThat(t.count(StackCounter.RECEIVE_POOL_EXHAUSTED)).isPositive();
      int held = t.connection().receiveAvailable();
      assertThat(held).isIn(4000, 5000, 6000, 7000, 8000);
      long room = t.arena.allocate(8192).address();
      t.connection().receive(room, 8192);
      t.app.take = Integer.MAX_VALUE;
      t.in(". " + (held + 1) + ":" + (held + 1001) + " ack 1");
      assertThat(t.app.received.size()).isEqualTo(1000);
    }
  }
}
