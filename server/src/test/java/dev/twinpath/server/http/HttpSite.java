package dev.twinpath.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;

/** The files that the HTTP suites ask for. */
final class HttpSite {
  static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";
  static final int BIG_BYTES = 3_000_000;
  static final long MODIFIED = 1_700_000_000L;
  static final String MODIFIED_DATE = "Tue, 14 Nov 2023 22:13:20 GMT";

  private HttpSite() {}

  /** The bytes of a file of this size, different for each seed. */
  static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Makes the site in {@code directory/root}, with something to steal beside it. */
  static Path create(Path directory) throws IOException {
    Path root = Files.createDirectories(directory.resolve("root"));
    write(directory.resolve("secret.txt"), "secret");
    write(root.resolve("a.txt"), LETTERS);
    write(root.resolve("empty.txt"), "");
    write(root.resolve("noext"), "x");
    write(root.resolve("page.HTML"), "<p>hi");
    write(root.resolve("data.json"), "{}");
    write(root.resolve("space name.txt"), "space");
    write(root.resolve("plus+percent%.txt"), "plus");
    write(root.resolve(".hidden"), "hidden");
    write(root.resolve("dir/index.html"), "<h1>index</h1>");
    write(root.resolve("dir/.git/config"), "hidden");
    write(root.resolve("list/<b>&\"'.txt"), "q");
    write(root.resolve("list/deep/c.txt"), "c");
    Files.write(root.resolve("big.bin"), bytes(BIG_BYTES, 1));
    for (int i = 0; i < 50; i++) {
      write(root.resolve("many/" + i + ".txt"), "file " + i);
    }
    Files.createSymbolicLink(root.resolve("in-link"), Path.of("a.txt"));
    Files.createSymbolicLink(root.resolve("absolute-link"), root.toRealPath().resolve("a.txt"));
    Files.createSymbolicLink(root.resolve("out-link"), Path.of("../secret.txt"));
    Files.createSymbolicLink(root.resolve("out-dir"), directory.toRealPath());
    Files.createSymbolicLink(root.resolve("loop-link"), Path.of("loop-link"));
    return root;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardCharsets.UTF_8);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(MODIFIED)));
  }
}
