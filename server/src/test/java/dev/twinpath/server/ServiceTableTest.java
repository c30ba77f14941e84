package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceTableTest {
  @Test
  void tellsForEachServiceWhatBothPathsDo() {
    List<Map<String, String>> table =
        ServiceTable.of(StackConfig.builder().address("10.0.0.2/24").build());
    assertThat(table)
        .allSatisfy(
            row -> {
              assertThat(row).containsOnlyKeys("name", "sendfile", "userstack");
              assertThat(row.values()).noneMatch(String::isBlank);
            });
    assertThat(table.stream().map(row -> row.get("name"))).doesNotHaveDuplicates();
  }

  @Test
  void takesTheStacksSideFromItsConfiguration() {
    assertThat(
            userStack(StackConfig.builder().address("10.0.0.2/24").sack(false).build(), "TCP SACK"))
        .isEqualTo("no");
    assertThat(
            userStack(StackConfig.builder().address("10.0.0.2/24").sack(true).build(), "TCP SACK"))
        .isEqualTo("yes");
  }

  private static String userStack(StackConfig config, String service) {
    Map<String, String> values = new HashMap<>();
    ServiceTable.of(config).forEach(row -> values.put(row.get("name"), row.get("userstack")));
    return values.get(service);
  }
}
