package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Old duplicates are told by their timestamps: RFC 7323 section 5. */
class Rfc7323PawsTest {
  @Test
  void pawsDropsOldTimestamps() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("P. 1:101 ack 1 ts 2000 0").out(". 1 ack 101 ts * 2000");
      t.in("P. 101:201 ack 1 ts 1500 0").out(". 1 ack 101 ts * 2000").received(100);
      assertThat(t.count(StackCounter.PAWS_DROPS)).isEqualTo(1);
      t.in("P. 101:201 ack 1 ts 2000 0").out(". 1 ack 201").received(200);
    }
  }

  @Test
  void pawsDoesNotHoldBackAReset() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("R 1 ts 1 0");
      assertThat(t.connection().isClosed()).isTrue();
    }
  }

  @Test
  void timestampsWrap() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460 ts 2147483647 0").out("S. 0 ack 1 ts * 2147483647");
      t.in(". 1 ack 1 ts 2147483647 0");
      t.in("P. 1:11 ack 1 ts 2147483650 0").out(". 1 ack 11").received(10);
    }
  }

  @Test
  void pawsForgetsAfterTwentyFourDays() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.after(25L * 86_400_000L);
      t.in("P. 1:11 ack 1 ts 5 0").received(10);
    }
  }

  @Test
  void anOutOfOrderTimestampDoesNotMoveTheEcho() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("P. 1001:2001 ack 1 ts 3000 0").out(". 1 ack 1 ts * 1001");
      t.in("P. 1:1001 ack 1 ts 2000 0").out(". 1 ack 2001 ts * 2000");
    }
  }
}
