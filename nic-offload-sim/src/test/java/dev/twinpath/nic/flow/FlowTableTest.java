package dev.twinpath.nic.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.flow.FlowTable.Insertion;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlowTableTest {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final long SEED = 42;

  private final FlowTable table = new FlowTable(4, 1 << 20, SEED);
  private final QueueFlows flows = new QueueFlows(table, 1);
  private final QueueFlows others = new QueueFlows(table, 2);

  @AfterEach
  void close() {
    table.close();
  }

  @Test
  void knowsWhatWasInserted() {
    assertThat(flows.insert(TCP, 1, 80, 2, 4000, 7)).isTrue();
    assertThat(flows.lookup(TCP, 1, 80, 2, 4000)).isEqualTo(7);
    assertThat(flows.lookup(UDP, 1, 80, 2, 4000)).as("another protocol").isEqualTo(FlowTable.NONE);
    assertThat(flows.lookup(TCP, 2, 80, 1, 4000)).as("other way").isEqualTo(FlowTable.NONE);
    assertThat(flows.insert(TCP, 1, 80, 2, 4000, 8)).isTrue();
    assertThat(flows.size()).isEqualTo(1);
    assertThat(flows.remove(TCP, 1, 80, 2, 4000)).isEqualTo(8);
    assertThat(flows.remove(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
    assertThat(flows.size()).isZero();
    assertThat(table.find(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
  }

  @Test
  void aFlowHasOneQueue() {
    assertThat(flows.insert(TCP, 1, 80, 2, 4000, 7)).isTrue();
    assertThat(others.insert(TCP, 1, 80, 2, 4000, 9)).as("taken").isFalse();
    assertThat(table.insert(2, TCP, 1, 80, 2, 4000, 9)).isEqualTo(Insertion.TAKEN);
    assertThat(others.lookup(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
    assertThat(others.isTaken(TCP, 1, 80, 2, 4000)).isTrue();
    assertThat(others.remove(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
    long found = table.find(TCP, 1, 80, 2, 4000);
    assertThat(FlowTable.queue(found)).isEqualTo(1);
    assertThat(FlowTable.tag(found)).isEqualTo(7);
    assertThat(flows.size()).isEqualTo(1);
    assertThat(others.size()).isZero();
    flows.remove(TCP, 1, 80, 2, 4000);
    assertThat(others.insert(TCP, 1, 80, 2, 4000, 9)).as("free again").isTrue();
  }

  @Test
  void aFullTableSaysSo() {
    try (FlowTable small = new FlowTable(1, 100, SEED)) {
      for (int port = 0; port < 100; port++) {
        assertThat(small.insert(0, TCP, 1, 80, 2, port, port)).isEqualTo(Insertion.DONE);
      }
      assertThat(new QueueFlows(small, 0).isFull()).isTrue();
      assertThat(small.insert(0, TCP, 1, 80, 2, 100, 1)).isEqualTo(Insertion.FULL);
      assertThat(small.insert(0, TCP, 1, 80, 2, 99, 1)).as("a new tag").isEqualTo(Insertion.DONE);
      assertThat(small.size()).isEqualTo(100);
      small.remove(0, TCP, 1, 80, 2, 7);
      assertThat(small.insert(0, TCP, 1, 80, 2, 100, 1)).isEqualTo(Insertion.DONE);
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> table.insert(4, TCP, 1, 80, 2, 4000, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("queue 4 of 4");
    assertThatThrownBy(() -> table.insert(0, TCP, 1, 80, 2, 4000, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> table.insert(0, 0, 1, 80, 2, 4000, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void findsNothingAfterItsEnd() {
    flows.insert(TCP, 1, 80, 2, 4000, 7);
    table.close();
    assertThat(table.find(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
    assertThat(table.insert(0, TCP, 1, 80, 2, 4000, 7)).isEqualTo(Insertion.FULL);
    assertThat(flows.remove(TCP, 1, 80, 2, 4000)).isEqualTo(FlowTable.NONE);
  }

  @Test
  void doesWhatAMapDoes() {
    Random random = new Random(42);
    Map<List<Integer>, Integer> map = new HashMap<>();
    for (int i = 0; i < 300_000; i++) {
      int remote = random.nextInt(40);
      int port = random.nextInt(200);
      List<Integer> key = List.of(remote, port);
      if (random.nextInt(5) < 2) {
        flows.insert(TCP, 9, 80, remote, port, i);
        map.put(key, i);
      } else if (random.nextBoolean()) {
        Integer expected = map.remove(key);
        assertThat(flows.remove(TCP, 9, 80, remote, port))
            .isEqualTo(expected == null ? FlowTable.NONE : expected);
      } else {
        assertThat(flows.lookup(TCP, 9, 80, remote, port))
            .isEqualTo(map.getOrDefault(key, FlowTable.NONE));
      }
    }
    assertThat(flows.size()).isEqualTo(map.size());
    map.forEach((k, v) -> assertThat(flows.lookup(TCP, 9, 80, k.get(0), k.get(1))).isEqualTo(v));
  }

  @Test
  void doesWhatAMapDoesOverIpv6() {
    Random random = new Random(43);
    Map<List<Long>, Integer> map = new HashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      long local = arena.allocate(32, 8).address();
      long remote = local + 16;
      for (int i = 0; i < 100_000; i++) {
        // Each word of an address counts.
        long high = random.nextInt(6);
        long low = random.nextInt(6);
        int port = random.nextInt(100);
        Memory.putLongBE(local, low);
        Memory.putLongBE(local + 8, high);
        Memory.putLongBE(remote, high);
        Memory.putLongBE(remote + 8, low);
        List<Long> key = List.of(high, low, (long) port);
        if (random.nextInt(5) < 2) {
          flows.insert6(UDP, local, 53, remote, port, i);
          map.put(key, i);
        } else if (random.nextBoolean()) {
          Integer expected = map.remove(key);
          assertThat(flows.remove6(UDP, local, 53, remote, port))
              .isEqualTo(expected == null ? FlowTable.NONE : expected);
        } else {
          Integer expected = map.get(key);
          assertThat(flows.lookup6(UDP, local, 53, remote, port))
              .isEqualTo(expected == null ? FlowTable.NONE : expected);
          assertThat(others.isTaken6(UDP, local, 53, remote, port)).isEqualTo(expected != null);
        }
      }
      assertThat(flows.size()).isEqualTo(map.size());
    }
  }

  /** What a million clients of one server are: the same two words of three, in every hash. */
  @Test
  void growsToAMillionFlows() {
    int count = 1 << 20;
    for (int i = 0; i < count; i++) {
      int remote = 0x0a000002 + (i >>> 16);
      assertThat(flows.insert(TCP, 0x0a000001, 80, remote, i & 0xffff, i)).isTrue();
    }
    assertThat(flows.isFull()).isTrue();
    for (int i = 0; i < count; i++) {
      int remote = 0x0a000002 + (i >>> 16);
      if (flows.lookup(TCP, 0x0a000001, 80, remote, i & 0xffff) != i) {
        throw new AssertionError("flow " + i + " was lost");
      }
    }
    for (int i = 0; i < count; i += 2) {
      flows.remove(TCP, 0x0a000001, 80, 0x0a000002 + (i >>> 16), i & 0xffff);
    }
    assertThat(flows.size()).isEqualTo(count / 2);
    for (int i = 0; i < count; i++) {
      int tag = flows.lookup(TCP, 0x0a000001, 80, 0x0a000002 + (i >>> 16), i & 0xffff);
      if (tag != ((i & 1) == 0 ? FlowTable.NONE : i)) {
        throw new AssertionError("flow " + i + " has the tag " + tag);
      }
    }
  }
}
