package dev.twinpath.userstack.goodput;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Not a test: what arrives of a long transfer over every path of the grid, from the kernel and from
 * our stack, through the same impairments to the same kernel. Needs root. Prints a Markdown table.
 *
 * <p>A pair, the kernel and our stack over the same path with the same seed, runs at the same time;
 * several pairs do, as far as the machine carries them.
 */
public final class GoodputGrid {
  private static final double MEGABITS_AT_A_TIME = 420;
  private static final int PAIRS_AT_A_TIME = 14;

  private final String congestion;
  private final int trials;
  private final long warmUp;
  private final long measured;
  private final boolean verbose;
  private final Deque<Pair> waiting = new ArrayDeque<>();
  private final ConcurrentLinkedQueue<Pair> prepared = new ConcurrentLinkedQueue<>();
  private final List<Pair> done = new ArrayList<>();
  private final ExecutorService helper =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "prepare");
            thread.setDaemon(true);
            return thread;
          });

  private GoodputGrid(String congestion, int trials, int seconds, boolean verbose) {
    this.congestion = congestion;
    this.trials = trials;
    this.verbose = verbose;
    measured = seconds * 1_000_000_000L;
    warmUp = Math.min(3_000_000_000L, measured / 4);
  }

  /** The kernel and our stack over the same path. */
  private final class Pair {
    final GoodputCell cell;
    final long seed;
    final GoodputTrial[] senders = new GoodputTrial[2];
    final long[] began = new long[2];
    final long[] base = new long[2];
    final double[] megabits = {-1, -1};

    Pair(GoodputCell cell, long seed) {
      this.cell = cell;
      this.seed = seed;
    }

    void prepare() {
      senders[0] = new KernelTrial(cell, seed, congestion);
      senders[1] = new StackTrial(cell, seed, congestion);
    }

    /** One turn; true when both have been measured. */
    boolean step() {
      boolean over = true;
      for (int i = 0; i < 2; i++) {
        GoodputTrial trial = senders[i];
        long now = System.nanoTime();
        trial.step(now);
        if (began[i] == 0) {
          began[i] = trial.received() > 0 ? now : 0;
        } else if (base[i] == 0 && now - began[i] >= warmUp) {
          base[i] = trial.received();
        } else if (megabits[i] < 0 && now - began[i] >= warmUp + measured) {
          megabits[i] = (trial.received() - base[i]) * 8e3 / (now - began[i] - warmUp);
        }
        over &= megabits[i] >= 0;
      }
      return over;
    }

    void close() {
      if (verbose) {
        System.err.printf(
            Locale.ROOT,
            "%s: %.2f, %.2f%n  %s%n  %s%n",
            cell,
            megabits[0],
            megabits[1],
            senders[0].describe(),
            senders[1].describe());
      }
      senders[0].close();
      senders[1].close();
      Arrays.fill(senders, null);
    }
  }

  private void run(List<GoodputCell> cells, long seed) {
    List<Pair> all = new ArrayList<>();
    for (int t = 0; t < trials; t++) {
      for (GoodputCell cell : cells) {
        all.add(new Pair(cell, seed + all.size()));
      }
    }
    Collections.shuffle(all, new Random(seed));
    waiting.addAll(all);
    List<Pair> running = new ArrayList<>();
    double load = 0;
    int started = 0;
    while (done.size() < all.size()) {
      while (!waiting.isEmpty()
          && started - done.size() < PAIRS_AT_A_TIME
          && (started == done.size()
              || load + 2 * waiting.peek().cell.expectedMegabits() <= MEGABITS_AT_A_TIME)) {
        Pair next = waiting.poll();
        load += 2 * next.cell.expectedMegabits();
        started++;
        helper.execute(
            () -> {
              try {
                next.prepare();
                prepared.add(next);
              } catch (RuntimeException | Error e) {
                e.printStackTrace();
                System.exit(1);
              }
            });
      }
      Pair ready = prepared.poll();
      if (ready != null) {
        running.add(ready);
      }
      for (int i = running.size() - 1; i >= 0; i--) {
        Pair pair = running.get(i);
        if (pair.step()) {
          running.remove(i);
          load -= 2 * pair.cell.expectedMegabits();
          done.add(pair);
          helper.execute(pair::close);
        }
      }
    }
    helper.shutdown();
  }

  private void print(List<GoodputCell> cells) {
    System.out.println("| path | Linux Mbit/s | ours Mbit/s | ratio, median (min..max) |");
    System.out.println("|---|---:|---:|---:|");
    int below = 0;
    for (GoodputCell cell : cells) {
      List<Pair> pairs = done.stream().filter(p -> p.cell.equals(cell)).toList();
      double[] linux = pairs.stream().mapToDouble(p -> p.megabits[0]).toArray();
      double[] ours = pairs.stream().mapToDouble(p -> p.megabits[1]).toArray();
      double[] ratios =
          pairs.stream().mapToDouble(p -> p.megabits[1] / p.megabits[0]).sorted().toArray();
      double ratio = median(ours) / median(linux);
      below += ratio < 0.9 ? 1 : 0;
      System.out.printf(
          Locale.ROOT,
          "| %s | %.2f | %.2f | %.2f (%.2f..%.2f) |%n",
          cell,
          median(linux),
          median(ours),
          ratio,
          ratios[0],
          ratios[ratios.length - 1]);
    }
    System.out.printf("%n%d of %d paths are below 0.9.%n", below, cells.size());
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * Arguments: trials, seconds of each, congestion control, seed, then (to have only some paths)
   * parts of their names, such as {@code "rtt 1 ms"}.
   */
  public static void main(String[] arguments) {
    int trials = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 12;
    String congestion = arguments.length > 2 ? arguments[2] : "cubic";
    long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : System.nanoTime();
    List<String> names =
        arguments.length > 4 ? Arrays.asList(arguments).subList(4, arguments.length) : List.of();
    List<GoodputCell> cells =
        GoodputCell.all().stream()
            .filter(c -> names.isEmpty() || names.stream().anyMatch(c.toString()::contains))
            .toList();
    GoodputGrid grid = new GoodputGrid(congestion, trials, seconds, Boolean.getBoolean("verbose"));
    long begin = System.nanoTime();
    grid.run(cells, seed);
    grid.print(cells);
    System.out.printf(
        Locale.ROOT,
        "%n%s, %d trials of %d s, seed %d, %d s in all.%n",
        congestion,
        trials,
        seconds,
        seed,
        (System.nanoTime() - begin) / 1_000_000_000L);
    System.exit(0);
  }
}
