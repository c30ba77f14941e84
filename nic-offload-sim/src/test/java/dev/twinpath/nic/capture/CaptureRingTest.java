package dev.twinpath.nic.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CaptureRingTest {
  private static final int BYTES = 4096;

  private static Frame frame(long at, int length, SplittableRandom random) {
    Frame frame = new Frame();
    int done = 0;
    while (done < length && frame.segments() < 10) {
      int piece = frame.segments() == 9 ? length - done : 1 + random.nextInt(length - done);
      frame.add(at + done, piece);
      done += piece;
    }
    return frame;
  }

  @Test
  void comesOutAsItWentIn() {
    SplittableRandom random = new SplittableRandom(1);
    Deque<byte[]> inside = new ArrayDeque<>();
    int refused = 0;
    try (Arena arena = Arena.ofConfined();
        CaptureRing ring = new CaptureRing(BYTES)) {
      long at = arena.allocate(2048).address();
      for (int i = 0; i < 100_000; i++) {
        if (random.nextBoolean()) {
          int length = 1 + random.nextInt(1500);
          for (int b = 0; b < Math.min(length, 16); b++) {
            Memory.putByte(at + random.nextInt(length), i);
          }
          int kept = Math.min(length, 700);
          if (ring.offer(frame(at, length, random), kept, length, (length & 1) != 0)) {
            inside.add(Memory.toArray(at, length));
          } else {
            refused++;
          }
        } else {
          assertThat(ring.hasNext()).isEqualTo(!inside.isEmpty());
          if (ring.hasNext()) {
            byte[] expected = inside.poll();
            assertThat(ring.total()).isEqualTo(expected.length);
            assertThat(ring.time()).isEqualTo(expected.length);
            assertThat(ring.isOutbound()).isEqualTo((expected.length & 1) != 0);
            assertThat(ring.kept()).isEqualTo(Math.min(expected.length, 700));
            assertThat(Memory.toArray(ring.address(), ring.kept()))
                .isEqualTo(java.util.Arrays.copyOf(expected, ring.kept()));
            ring.release();
          }
        }
      }
    }
    assertThat(refused).isBetween(1000, 49_000);
  }

  @Test
  void aFrameLongerThanTheRingIsRefused() {
    try (Arena arena = Arena.ofConfined();
        CaptureRing ring = new CaptureRing(BYTES)) {
      Frame frame = new Frame();
      frame.add(arena.allocate(5000).address(), 5000);
      assertThat(ring.offer(frame, 5000, 0, true)).isFalse();
      assertThat(ring.offer(frame, 100, 0, true)).isTrue();
    }
  }

  @Test
  void twoThreadsAgree() throws InterruptedException {
    int frames = 200_000;
    AtomicLong taken = new AtomicLong();
    try (Arena arena = Arena.ofShared();
        CaptureRing ring = new CaptureRing(BYTES)) {
      Thread consumer =
          new Thread(
              () -> {
                for (long next = 0; next < frames; ) {
                  if (!ring.hasNext()) {
                    Thread.onSpinWait();
                    continue;
                  }
                  boolean right =
                      ring.time() == next
                          && Memory.getLong(ring.address()) == next
                          && Memory.getLong(ring.address() + ring.kept() - 8) == ~next;
                  taken.addAndGet(right ? 1 : 0);
                  ring.release();
                  next++;
                }
              });
      consumer.start();
      long at = arena.allocate(1024).address();
      Frame frame = new Frame();
      for (long i = 0; i < frames; i++) {
        int length = 16 + (int) (i * 31 % 500);
        Memory.putLong(at, i);
        Memory.putLong(at + length - 8, ~i);
        frame.clear();
        frame.add(at, length);
        while (!ring.offer(frame, length, i, true)) {
          Thread.onSpinWait();
        }
      }
      consumer.join();
    }
    assertThat(taken).hasValue(frames);
  }
}
