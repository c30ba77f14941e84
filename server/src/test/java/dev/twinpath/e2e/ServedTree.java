package dev.twinpath.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Files to serve: content from a seed, so that a wrong byte can be found again. */
final class ServedTree {
  private static final int ISLAND = 64 * 1024;
  private static final long ISLAND_DISTANCE = 32L << 20;

  private ServedTree() {}

  /**
   * Writes {@code count} files of 0 to 20 KiB, a hundred to a folder: {@code small/NN/NNNN.bin}.
   */
  static void writeSmallFiles(Path root, int count, long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      Path file = root.resolve(String.format("small/%02d/%05d.bin", i / 100, i));
      if (i % 100 == 0) {
        Files.createDirectories(file.getParent());
      }
      byte[] content = new byte[random.nextInt(20 * 1024)];
      random.nextBytes(content);
      Files.write(file, content);
    }
  }

  /**
   * Writes a file that is mostly a hole, with islands of random bytes all over it and at its end,
   * so that bytes from a wrong offset are noticed and no disk is filled.
   */
  static void writeLargeFile(Path file, long size, long seed) throws IOException {
    Random random = new Random(seed);
    byte[] island = new byte[ISLAND];
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(size);
      for (long at = 0; at < size; at += ISLAND_DISTANCE + random.nextInt(ISLAND)) {
        random.nextBytes(island);
        out.seek(at);
        out.write(island, 0, (int) Math.min(ISLAND, size - at));
      }
      out.seek(size - 4096);
      random.nextBytes(island);
      out.write(island, 0, 4096);
    }
  }
}
