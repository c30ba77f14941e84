package dev.twinpath.nic.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DescriptorRingTest {
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void entriesComeAroundAndDoNotOverlap() {
    DescriptorRing ring = new DescriptorRing(arena, 8);
    for (long position = 0; position < 8; position++) {
      assertThat(ring.entry(position)).isEqualTo(ring.entry(0) + 32 * position);
      assertThat(ring.entry(position + 8)).isEqualTo(ring.entry(position));
      assertThat(ring.entry(position + (1L << 33))).isEqualTo(ring.entry(position));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new DescriptorRing(arena, 12));
    assertThatIllegalArgumentException().isThrownBy(() -> new DescriptorRing(arena, 0));
  }

  @Test
  void countsWhatIsPublishedAndNotConsumed() {
    DescriptorRing ring = new DescriptorRing(arena, 8);
    assertThat(ring.size()).isZero();
    ring.publish(5);
    assertThat(ring.size()).isEqualTo(5);
    ring.consume(3);
    assertThat(ring.size()).isEqualTo(2);
  }

  @Test
  void aDeviceOnAnotherThreadSeesWholeEntries() throws InterruptedException {
    DescriptorRing ring = new DescriptorRing(arena, 64);
    long count = 500_000;
    Thread host =
        new Thread(
            () -> {
              for (long i = 0; i < count; i++) {
                while (i - ring.consumed() >= ring.capacity()) {
                  Thread.onSpinWait();
                }
                Memory.putLong(ring.entry(i), i);
                Memory.putLong(ring.entry(i) + 24, ~i);
                ring.publish(i + 1);
              }
            });
    host.start();
    long wrong = 0;
    for (long i = 0; i < count; ) {
      long published = ring.published();
      for (; i < published; i++) {
        long entry = ring.entry(i);
        if (Memory.getLong(entry) != i || Memory.getLong(entry + 24) != ~i) {
          wrong++;
        }
      }
      ring.consume(i);
    }
    host.join();
    assertThat(wrong).isZero();
  }
}
