package dev.twinpath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole server as a process, with Debian's curl and lftp and Linux's own TCP as its clients:
 * ten thousand small files and one of 5 GiB over each path, byte-identical.
 */
@RequiresRoot(commands = {"curl", "lftp", "sha256sum", "bash"})
class BothPathsEndToEndTest {
  private static final int SMALL_FILES = 10_000;
  private static final long LARGE = (5L << 30) + 4321;
  private static final String IMPAIRED = "loss=2%,reorder=1%,duplicate=1%,seed=7";

  /** The digests of the large files, which take a while. */
  private static final Map<Path, String> EXPECTED = new HashMap<>();

  @TempDir static Path root;
  private static ServedHosts hosts;

  @BeforeAll
  static void serve() throws IOException {
    ServedTree.writeSmallFiles(root, SMALL_FILES, 1);
    ServedTree.writeLargeFile(root.resolve("large.bin"), LARGE, 2);
    ServedTree.writeLargeFile(root.resolve("medium.bin"), 200_000_001, 3);
    hosts = new ServedHosts(root);
  }

  @AfterAll
  static void stop() {
    if (hosts != null) {
      hosts.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ServedHosts.KERNEL, ServedHosts.USER})
  void tenThousandSmallFilesByHttp(String address, @TempDir Path got) throws IOException {
    fetchSmallFiles(hosts, address, got);
  }

  @ParameterizedTest
  @ValueSource(strings = {ServedHosts.KERNEL, ServedHosts.USER})
  void fiveGibibytesByHttp(String address) {
    fetchAndCompare(hosts, "http://" + address + ":8080/large.bin", root.resolve("large.bin"));
  }

  @ParameterizedTest
  @ValueSource(strings = {ServedHosts.KERNEL, ServedHosts.USER})
  void fiveGibibytesByFtp(String address) {
    fetchAndCompare(hosts, "ftp://" + address + ":2121/large.bin", root.resolve("large.bin"));
  }

  @ParameterizedTest
  @ValueSource(strings = {ServedHosts.KERNEL, ServedHosts.USER})
  void curlResumesByHttpAndFtp(String address, @TempDir Path got) throws IOException {
    for (String url : new String[] {"http://" + address + ":8080", "ftp://" + address + ":2121"}) {
      Path file = got.resolve("part.bin");
      hosts.onClient(120, "head -c 77777777 " + root.resolve("medium.bin") + " >" + file);
      hosts.onClient(120, "curl -sS --fail -m 100 -C - -o " + file + " " + url + "/medium.bin");
      assertThat(Files.mismatch(file, root.resolve("medium.bin"))).as(url).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ServedHosts.KERNEL, ServedHosts.USER})
  void lftpMirrorsAndResumes(String address, @TempDir Path got) throws IOException {
    Path file = got.resolve("medium.bin");
    hosts.onClient(120, "head -c 55555555 " + root.resolve("medium.bin") + " >" + file);
    String session =
        "set net:max-retries 1; set net:timeout 20; open ftp://"
            + address
            + ":2121; get -c medium.bin -o "
            + file
            + "; mirror --parallel=4 small/07 "
            + got.resolve("07")
            + "; bye";
    hosts.onClient(180, "HOME=" + got + " lftp -c '" + session + "'");
    assertThat(Files.mismatch(file, root.resolve("medium.bin"))).isEqualTo(-1);
    hosts.onClient(60, "diff -r " + root.resolve("small/07") + " " + got.resolve("07"));
  }

  @Test
  void overALossyReorderingDuplicatingWire(@TempDir Path got) throws IOException {
    try (ServedHosts impaired = new ServedHosts(root, "--impair", IMPAIRED)) {
      fetchAndCompare(
          impaired, "http://" + ServedHosts.USER + ":8080/medium.bin", root.resolve("medium.bin"));
      fetchAndCompare(
          impaired, "ftp://" + ServedHosts.USER + ":2121/medium.bin", root.resolve("medium.bin"));
      fetchSmallFiles(impaired, ServedHosts.USER, got);
    }
  }

  /** Minutes, where the wire loses every fiftieth packet. */
  @Test
  @Tag("nightly")
  void fiveGibibytesOverALossyReorderingDuplicatingWire() {
    try (ServedHosts impaired = new ServedHosts(root, "--impair", IMPAIRED)) {
      fetchAndCompare(
          impaired, "http://" + ServedHosts.USER + ":8080/large.bin", root.resolve("large.bin"));
    }
  }

  private static void fetchSmallFiles(ServedHosts hosts, String address, Path got)
      throws IOException {
    String names;
    try (Stream<Path> files = Files.walk(root.resolve("small"))) {
      names =
          files
              .filter(Files::isRegularFile)
              .map(file -> root.relativize(file).toString())
              .sorted()
              .collect(Collectors.joining("\n", "", "\n"));
    }
    Files.writeString(got.resolve("names"), names);
    hosts.onClient(
        240,
        "cd "
            + got
            + " && sed 's|.*|url = \"http://"
            + address
            + ":8080/&\"\\noutput = \"&\"|' names >config"
            + " && curl -sS --fail --create-dirs --parallel --parallel-max 16 -K config"
            + " && (cd "
            + root
            + " && xargs sha256sum <"
            + got
            + "/names) >expected && sha256sum --quiet -c expected");
    assertThat(hosts.isServing()).isTrue();
  }

  private static void fetchAndCompare(ServedHosts hosts, String url, Path file) {
    String expected = EXPECTED.computeIfAbsent(file, f -> hosts.onClient(120, "sha256sum <" + f));
    String got = hosts.onClient(1500, "curl -sS --fail " + url + " | sha256sum");
    assertThat(got).as(url).isEqualTo(expected);
    assertThat(hosts.isServing()).as(hosts.serverOutput()).isTrue();
  }
}
