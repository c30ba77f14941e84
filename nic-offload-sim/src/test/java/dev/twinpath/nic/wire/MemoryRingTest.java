package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryRingTest {
  private static final int CAPACITY = 1 << 16;

  private final Arena arena = Arena.ofShared();
  private final long base =
      arena.allocate(MemoryRing.HEADER_LENGTH + (long) CAPACITY, 4096).address();
  private final MemoryRing producer = new MemoryRing(base, CAPACITY);
  private final MemoryRing consumer = new MemoryRing(base, CAPACITY);
  private final long buffer = arena.allocate(CAPACITY, 8).address();
  private final Frame frame = new Frame();
  private final Frame context = new Frame();

  @AfterEach
  void free() {
    arena.close();
  }

  private void produce(int length) {
    frame.clear();
    frame.add(buffer, length);
    assertThat(producer.produce(frame)).isZero();
    producer.publish();
  }

  @Test
  void carriesTheOffloadContext() {
    frame.clear();
    frame.add(buffer, 100);
    frame.requestChecksum(34, 16);
    frame.requestSegmentation(Frame.GSO_TCP4, 1448);
    frame.headerLength(54);
    assertThat(producer.produce(frame)).isZero();
    producer.publish();
    assertThat(consumer.consume(buffer, 200, context)).isEqualTo(100);
    assertThat(context.needsChecksum()).isTrue();
    assertThat(context.checksumStart()).isEqualTo(34);
    assertThat(context.checksumOffset()).isEqualTo(16);
    assertThat(context.gsoType()).isEqualTo(Frame.GSO_TCP4);
    assertThat(context.gsoSize()).isEqualTo(1448);
    assertThat(context.headerLength()).isEqualTo(54);
  }

  @Test
  void anotherThreadSeesWholeFramesInOrder() throws InterruptedException {
    int count = 200_000;
    Thread thread =
        new Thread(
            () -> {
              Random random = new Random(5);
              long out = arena.allocate(2048, 8).address();
              Frame mine = new Frame();
              for (int i = 0; i < count; i++) {
                int length = 8 + random.nextInt(1500);
                Memory.putLong(out, i);
                Memory.putByte(out + length - 1, i);
                mine.clear();
                mine.add(out, length);
                while (producer.produce(mine) != 0) {
                  Thread.onSpinWait();
                }
                producer.publish();
              }
            });
    thread.start();
    Random random = new Random(5);
    int wrong = 0;
    for (int i = 0; i < count; i++) {
      int length = 0;
      while (length == 0) {
        length = consumer.consume(buffer, 2048, context);
        if (length == 0 || consumer.shouldRelease()) {
          consumer.release();
        }
      }
      int expected = 8 + random.nextInt(1500);
      if (length != expected
          || (int) Memory.getLong(buffer) != i && length > 8
          || Memory.getByte(buffer + length - 1) != (i & 0xff)) {
        wrong++;
      }
    }
    thread.join();
    assertThat(wrong).isZero();
    assertThat(consumer.isEmpty()).isTrue();
  }

  @Test
  void aPeerThatWritesNonsenseCostsFramesOnly() {
    Random random = new Random(99);
    for (int round = 0; round < 20_000; round++) {
      for (int i = 0; i < 4 && producer.hasRoom(2048); i++) {
        produce(14 + random.nextInt(1500));
      }
      // Anywhere in the header or the data: lengths, positions, contexts.
      long at =
          base + (random.nextBoolean() ? random.nextInt(256) : 256 + random.nextInt(CAPACITY - 8));
      Memory.putLong(at, random.nextLong());
      for (int i = 0; i < 8; i++) {
        int length = consumer.consume(buffer, 2048, context);
        assertThat(length).isLessThanOrEqualTo(2048);
      }
      if (round % 50 == 0) {
        producer.attachProducer();
        consumer.attachConsumer();
      }
    }
    producer.attachProducer();
    consumer.attachConsumer();
    produce(77);
    assertThat(consumer.consume(buffer, 2048, context)).isEqualTo(77);
    assertThat(consumer.corrupted()).isPositive();
  }
}
