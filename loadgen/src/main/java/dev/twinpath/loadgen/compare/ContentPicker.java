package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/** Finds the files that stand for the sizes of a comparison, or makes them. Never writes to DIR. */
final class ContentPicker {
  /** The looking is bounded, however large the directory is. */
  private static final int MAX_FILES = 200_000;

  private static final long BULK_BYTES = 16L << 20;
  private static final int BULK_CONNECTIONS = 8;

  private ContentPicker() {}

  /** A file of the directory; the name is relative to it. */
  private record Candidate(String name, long size) {}

  /**
   * Picks, for each wanted size, the file of the nearest size by ratio; each file once.
   *
   * @throws IOException when the directory cannot be read or has no file that can be served
   */
  static List<Scenario> pick(Path directory, List<Long> sizes, int connections) throws IOException {
    List<Candidate> candidates = candidates(directory);
    if (candidates.isEmpty()) {
      throw new IOException(directory + " has no readable file to compare with; try --synthetic");
    }
    Set<Candidate> chosen = new LinkedHashSet<>();
    for (long size : sizes) {
      Candidate nearest = candidates.get(0);
      for (Candidate candidate : candidates) {
        if (distance(candidate.size, size) < distance(nearest.size, size)) {
          nearest = candidate;
        }
      }
      chosen.add(nearest);
    }
    List<Scenario> scenarios = new ArrayList<>();
    for (Candidate candidate : chosen) {
      Path file = directory.resolve(candidate.name);
      scenarios.add(
          new Scenario(
              Sizes.format(candidate.size),
              encode(candidate.name),
              candidate.size,
              Sha256.ofFile(file),
              candidate.size >= BULK_BYTES
                  ? Math.min(connections, BULK_CONNECTIONS)
                  : connections));
    }
    return scenarios;
  }

  private static double distance(long size, long wanted) {
    return Math.abs(Math.log(Math.max(1, size) / (double) wanted));
  }

  private static List<Candidate> candidates(Path directory) throws IOException {
    List<Candidate> candidates = new ArrayList<>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return !folder.equals(directory) && hidden(folder)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()
                && attributes.size() > 0
                && !hidden(file)
                && Files.isReadable(file)) {
              candidates.add(
                  new Candidate(directory.relativize(file).toString(), attributes.size()));
            }
            return candidates.size() < MAX_FILES
                ? FileVisitResult.CONTINUE
                : FileVisitResult.TERMINATE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // what cannot be read cannot be served either
          }
        });
    return candidates;
  }

  /** The server does not serve names that begin with a dot. */
  private static boolean hidden(Path path) {
    return path.getFileName() != null && path.getFileName().toString().startsWith(".");
  }

  /** Percent-encodes all but RFC 3986's unreserved characters and the slashes. */
  static String encode(String name) {
    StringBuilder path = new StringBuilder("/");
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~/".indexOf(c) >= 0)) {
        path.append(c);
      } else {
        path.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return path.toString();
  }

  /** Writes a file of each size, of bytes that do not compress, the same ones at every time. */
  static void synthesize(Path directory, List<Long> sizes) throws IOException {
    for (long size : sizes) {
      SplittableRandom random = new SplittableRandom(size);
      byte[] chunk = new byte[1 << 20];
      try (OutputStream out = Files.newOutputStream(directory.resolve(size + ".bin"))) {
        for (long left = size; left > 0; left -= chunk.length) {
          random.nextBytes(chunk);
          out.write(chunk, 0, (int) Math.min(left, chunk.length));
        }
      }
    }
  }
}
