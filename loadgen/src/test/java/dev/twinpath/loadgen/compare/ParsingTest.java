package dev.twinpath.loadgen.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a comparison reads from the kernel, the server and the disk. */
class ParsingTest {
  @TempDir private Path folder;

  @Test
  void processTimesAreReadBehindAnyCommandName() {
    String stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 150 250 7 8 20 0 5 0 100 0 0";
    assertThat(ProcessCpu.parseStat(stat)).isEqualTo(4.0);
    assertThat(ProcessCpu.ofTree(ProcessHandle.current().pid())).isPositive();
    assertThat(ProcessCpu.ofTree(Integer.MAX_VALUE)).isNaN();
  }

  @Test
  void machineTimesAreAllButIdle() {
    assertThat(ProcessCpu.parseMachine("cpu  100 20 300 9999 50 6 70 8 0 0"))
        .containsExactly(4.96, 0.70);
    assertThat(ProcessCpu.parseMachine("intr 1")).containsOnly(Double.NaN);
  }

  @Test
  void cpuByRoleIsReadFromTheMetrics() {
    Map<String, Double> roles =
        AdminPort.parseCpu(
            "# TYPE twinpath_cpu_seconds_total counter\n"
                + "twinpath_cpu_seconds_total{path=\"userstack\",role=\"stack\"} 1.5\n"
                + "twinpath_cpu_seconds_total{path=\"sendfile\",role=\"application\"} 2.0\n"
                + "twinpath_cpu_seconds_total{path=\"\",role=\"gc\"} 2.5E-1\n"
                + "twinpath_cpu_seconds_other{role=\"x\"} 9\n");
    assertThat(roles)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("userstack/stack", 1.5, "sendfile/application", 2.0, "gc", 0.25));
  }

  @Test
  void cpuListsAreRead() {
    assertThat(CpuSet.parse("0-2,5")).containsExactly(0, 1, 2, 5);
    assertThat(CpuSet.format(List.of(0, 5))).isEqualTo("0,5");
    assertThat(CpuSet.allowed()).isNotEmpty();
    assertThat(CpuShare.of(List.of(3), true, 0, 0).server()).isEmpty();
    CpuShare two = CpuShare.of(List.of(0, 1), false, 0, 3);
    assertThat(two.eventLoops()).isEqualTo(1);
    assertThat(two.threads()).isEqualTo(3);
  }

  @Test
  void sizesAreRead() throws Exception {
    Sizes sizes = new Sizes();
    assertThat(sizes.convert("1KiB")).isEqualTo(1024);
    assertThat(sizes.convert("64k")).isEqualTo(65_536);
    assertThat(sizes.convert("1 MiB")).isEqualTo(1 << 20);
    assertThat(sizes.convert("17")).isEqualTo(17);
    assertThatThrownBy(() -> sizes.convert("big")).hasMessageContaining("is not a size");
    assertThatThrownBy(() -> sizes.convert("0")).hasMessageContaining("out of range");
    assertThat(Sizes.format(65_536)).isEqualTo("64 KiB");
    assertThat(Sizes.format(1_500)).isEqualTo("1.5 KiB");
    assertThat(Sizes.format(7)).isEqualTo("7 B");
  }

  @Test
  void theNearestFilesArePickedAndHiddenOnesAreNot() throws Exception {
    Files.createDirectories(folder.resolve("sub dir"));
    Files.write(folder.resolve("sub dir/ä.bin"), new byte[1_100]);
    Files.write(folder.resolve("large"), new byte[90_000]);
    Files.write(folder.resolve(".hidden"), new byte[1_024]);
    Files.createDirectories(folder.resolve(".git"));
    Files.write(folder.resolve(".git/x"), new byte[1_024]);
    List<Scenario> scenarios = ContentPicker.pick(folder, List.of(1_024L, 65_536L, 1L << 28), 64);
    assertThat(scenarios)
        .extracting(Scenario::path)
        .containsExactly("/sub%20dir/%C3%A4.bin", "/large");
    assertThat(scenarios).extracting(Scenario::size).containsExactly(1_100L, 90_000L);
    assertThat(scenarios.get(0).sha256()).hasSize(64);
  }

  @Test
  void anEmptyDirectoryIsAClearError() {
    assertThatThrownBy(() -> ContentPicker.pick(folder, List.of(1L), 1))
        .hasMessageContaining("no readable file");
  }

  @Test
  void syntheticContentIsMadeAndRemoved() throws Exception {
    Path made;
    try (Content content = Content.synthetic(List.of(1L, 3_000_000L), 64)) {
      made = content.directory();
      assertThat(content.scenarios()).extracting(Scenario::size).containsExactly(1L, 3_000_000L);
      assertThat(Files.size(made.resolve("3000000.bin"))).isEqualTo(3_000_000);
    }
    assertThat(made).doesNotExist();
  }

  @Test
  void theObstaclesOfThisMachineCanBeListed() throws Exception {
    assertThat(PrivateNetwork.obstacles()).isNotNull();
  }
}
