package dev.twinpath.nic.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Lookups while other threads insert, remove and let the table grow. */
@Timeout(60)
class FlowTableConcurrencyTest {
  private static final int TCP = 6;
  private static final int LOCAL = 0x0a000001;
  private static final int STEADY = 20_000;
  private static final int STEPS = 150_000;

  /** A flow's tag follows from its key, so that a torn or misplaced entry shows. */
  private static int tag(int remote, int port) {
    return remote * 31 + port & Integer.MAX_VALUE;
  }

  private static void insert(FlowTable table, int queue, int remote, int port) {
    FlowTable.Insertion done = table.insert(queue, TCP, LOCAL, 80, remote, port, tag(remote, port));
    assertThat(done).isEqualTo(FlowTable.Insertion.DONE);
  }

  /** Each writer has remote addresses of its own, so that it knows what is there. */
  private static int write(FlowTable table, int queue, long seed) {
    Random random = new Random(seed);
    List<Integer> ports = new ArrayList<>();
    boolean[] there = new boolean[1 << 16];
    for (int i = 0; i < STEPS; i++) {
      // Grows for a long while, then shrinks again.
      boolean add = random.nextInt(10) < (i < STEPS / 2 ? 7 : 3);
      if (add || ports.isEmpty()) {
        int port = random.nextInt(1 << 16);
        if (!there[port]) {
          there[port] = true;
          ports.add(port);
          insert(table, queue, 1000 + queue, port);
        }
      } else {
        int last = ports.size() - 1;
        int at = random.nextInt(ports.size());
        int port = ports.set(at, ports.get(last));
        ports.remove(last);
        there[port] = false;
        assertThat(table.remove(queue, TCP, LOCAL, 80, 1000 + queue, port))
            .isEqualTo(tag(1000 + queue, port));
      }
    }
    for (int port = 0; port < 1 << 16; port++) {
      long found = table.find(TCP, LOCAL, 80, 1000 + queue, port);
      if (found == FlowTable.NONE == there[port]) {
        throw new AssertionError("port " + port + " of writer " + queue);
      }
    }
    return ports.size();
  }

  /** What nobody touches is always found, and what is found is always whole. */
  private static long read(FlowTable table, AtomicBoolean stop, int writers, long seed) {
    Random random = new Random(seed);
    long found = 0;
    while (!stop.get()) {
      for (int i = 0; i < 1000; i++) {
        int port = random.nextInt(STEADY);
        long steady = table.find(TCP, LOCAL, 80, 7, port);
        if (steady == FlowTable.NONE || FlowTable.tag(steady) != tag(7, port)) {
          throw new AssertionError("the steady flow of port " + port + " is " + steady);
        }
        int remote = 1000 + random.nextInt(writers);
        int moving = random.nextInt(1 << 16);
        long other = table.find(TCP, LOCAL, 80, remote, moving);
        if (other != FlowTable.NONE) {
          found++;
          if (FlowTable.queue(other) != remote - 1000
              || FlowTable.tag(other) != tag(remote, moving)) {
            throw new AssertionError("a flow of " + remote + " is " + Long.toHexString(other));
          }
        }
      }
    }
    return found;
  }

  /** The common pool may have fewer threads than this needs at a time. */
  private static <T> CompletableFuture<T> onThread(Supplier<T> task) {
    return CompletableFuture.supplyAsync(task, command -> new Thread(command).start());
  }

  @Test
  void readersSeeWholeEntriesWhileWritersMoveThem() {
    int writers = 3;
    AtomicBoolean stop = new AtomicBoolean();
    try (FlowTable table = new FlowTable(writers, 1 << 20, 5)) {
      for (int port = 0; port < STEADY; port++) {
        insert(table, 0, 7, port);
      }
      List<CompletableFuture<Long>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        long seed = i;
        readers.add(onThread(() -> read(table, stop, writers, seed)));
      }
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        int queue = i;
        all.add(onThread(() -> write(table, queue, queue)));
      }
      int left = 0;
      try {
        for (CompletableFuture<Integer> writer : all) {
          left += writer.join();
        }
      } finally {
        stop.set(true);
      }
      long found = 0;
      for (CompletableFuture<Long> reader : readers) {
        found += reader.join();
      }
      assertThat(found).isPositive();
      assertThat(table.size()).isEqualTo(STEADY + left);
      assertThat(table.size(0) + table.size(1) + table.size(2)).isEqualTo(STEADY + left);
    }
  }

  @Test
  void aFlowThatTwoQueuesWantIsOnes() {
    try (FlowTable table = new FlowTable(2, 1 << 20, 5)) {
      CompletableFuture<Integer> other = onThread(() -> claim(table, 1));
      int own = claim(table, 0);
      assertThat(own + other.join()).isEqualTo(1 << 16);
      assertThat(table.size()).isEqualTo(1 << 16);
      assertThat(table.size(0)).isEqualTo(own);
    }
  }

  private static int claim(FlowTable table, int queue) {
    int claimed = 0;
    for (int port = 0; port < 1 << 16; port++) {
      if (table.insert(queue, TCP, LOCAL, port, 2, 80, 1) == FlowTable.Insertion.DONE) {
        claimed++;
      }
    }
    return claimed;
  }
}
