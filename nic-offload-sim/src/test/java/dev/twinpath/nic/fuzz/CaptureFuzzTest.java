package dev.twinpath.nic.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.PcapngReader;
import dev.twinpath.nic.wire.PcapngWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The reader of captures, fed with files cut short, with flipped bits and with lengths that lie:
 * nothing but an {@link IOException}, and no frame longer than the file. A failure names the seed
 * and the number of the input.
 */
class CaptureFuzzTest {
  private static final long SEED = Long.getLong("twinpath.fuzz.seed", 20261120);
  private static final int[] LENGTHS = {0, 1, 4, 12, 0x7fffffff, 0x80000000, -1, -4, 1 << 18};

  @TempDir Path folder;

  @Test
  void theReaderThrowsNothingElse() throws IOException {
    read(5_000);
  }

  @Test
  @Tag("nightly")
  void theReaderThrowsNothingElseForLong() throws IOException {
    read(1_000_000);
  }

  private void read(int inputs) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    List<byte[]> seeds =
        List.of(pcapng(), pcap(ByteOrder.LITTLE_ENDIAN), pcap(ByteOrder.BIG_ENDIAN));
    Path file = folder.resolve("input");
    long frames = 0;
    int malformed = 0;
    // Opened once: a file that is truncated and closed costs a write to the disk.
    try (FileChannel output =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < inputs; i++) {
        byte[] input = mutate(seeds.get(random.nextInt(seeds.size())), random);
        output.write(ByteBuffer.wrap(input), 0);
        output.truncate(input.length);
        try (PcapngReader reader = new PcapngReader(file)) {
          while (reader.next()) {
            frames++;
            if (reader.length() < 1 || reader.length() > input.length) {
              throw new AssertionError("a frame of " + reader.length() + " bytes");
            }
            Memory.getByte(reader.address() + reader.length() - 1);
          }
        } catch (IOException expected) {
          malformed++;
          assertThat(expected.getMessage()).isNotBlank();
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + SEED + ", input " + i, e);
        }
      }
    }
    assertThat(frames).isGreaterThan(inputs);
    assertThat(malformed).isBetween(inputs / 10, inputs);
  }

  private static byte[] mutate(byte[] seed, SplittableRandom random) {
    byte[] input =
        Arrays.copyOf(seed, random.nextInt(3) == 0 ? random.nextInt(seed.length) : seed.length);
    if (input.length < 8) {
      return input;
    }
    for (int flips = random.nextInt(4); flips > 0; flips--) {
      input[random.nextInt(input.length)] ^= (byte) (1 << random.nextInt(8));
    }
    if (random.nextInt(2) == 0) {
      int at = random.nextInt(input.length - 4) & ~3;
      ByteBuffer.wrap(input)
          .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
          .putInt(at, LENGTHS[random.nextInt(LENGTHS.length)]);
    }
    return input;
  }

  private byte[] pcapng() throws IOException {
    Path file = folder.resolve("seed.pcapng");
    try (PcapngWriter writer = new PcapngWriter(file, 100);
        Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(200, 8).address();
      Frame frame = new Frame();
      for (int i = 0; i < 10; i++) {
        frame.clear();
        frame.add(memory, 60 + 10 * i);
        writer.write(frame, i, i % 2 == 0);
      }
    }
    return Files.readAllBytes(file);
  }

  private static byte[] pcap(ByteOrder order) {
    ByteBuffer bytes = ByteBuffer.allocate(2000).order(order);
    bytes.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
    bytes.putLong(0).putInt(65535).putInt(1);
    int[] lengths = {60, 61, 100, 64, 1, 200};
    for (int length : lengths) {
      bytes.putInt(1).putInt(2).putInt(length).putInt(length).put(new byte[length]);
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
