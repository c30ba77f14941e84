package dev.twinpath.nic.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FlowTableTest {
  private static final int TCP = 6;

  @Test
  void knowsWhatWasInserted() {
    FlowTable table = new FlowTable();
    table.insert(TCP, 1, 80, 2, 4000, 7);
    assertThat(table.lookup(TCP, 1, 80, 2, 4000)).isEqualTo(7);
    assertThat(table.lookup(17, 1, 80, 2, 4000)).as("another protocol").isEqualTo(FlowTable.NONE);
    assertThat(table.lookup(TCP, 2, 80, 1, 4000)).as("other way").isEqualTo(FlowTable.NONE);
    table.insert(TCP, 1, 80, 2, 4000, 8);
    assertThat(table.size()).isEqualTo(1);
    assertThat(table.remove(TCP, 1, 80, 2, 4000)).isEqualTo(8);
    assertThat(table.remove(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
    assertThat(table.size()).isZero();
  }

  @Test
  void doesWhatAMapDoes() {
    Random random = new Random(42);
    FlowTable table = new FlowTable();
    Map<List<Integer>, Integer> map = new HashMap<>();
    for (int i = 0; i < 300_000; i++) {
      int remote = random.nextInt(40);
      int port = random.nextInt(200);
      List<Integer> key = List.of(remote, port);
      if (random.nextInt(5) < 2) {
        table.insert(TCP, 9, 80, remote, port, i);
        map.put(key, i);
      } else if (random.nextBoolean()) {
        Integer expected = map.remove(key);
        assertThat(table.remove(TCP, 9, 80, remote, port))
            .isEqualTo(expected == null ? FlowTable.NONE : expected);
      } else {
        assertThat(table.lookup(TCP, 9, 80, remote, port))
            .isEqualTo(map.getOrDefault(key, FlowTable.NONE));
      }
    }
    assertThat(table.size()).isEqualTo(map.size());
    map.forEach((k, v) -> assertThat(table.lookup(TCP, 9, 80, k.get(0), k.get(1))).isEqualTo(v));
  }

  @Test
  void growsToManyFlows() {
    FlowTable table = new FlowTable();
    for (int i = 0; i < 200_000; i++) {
      table.insert(TCP, 0x0a000001, 80, 0x0a000002 + (i >>> 16), i & 0xffff, i);
    }
    assertThat(table.size()).isEqualTo(200_000);
    for (int i = 0; i < 200_000; i++) {
      assertThat(table.lookup(TCP, 0x0a000001, 80, 0x0a000002 + (i >>> 16), i & 0xffff))
          .isEqualTo(i);
    }
  }
}
