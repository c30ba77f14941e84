package dev.twinpath.loadgen.report;

import dev.twinpath.loadgen.engine.LoadProgress;
import dev.twinpath.loadgen.engine.LoadRun;
import dev.twinpath.loadgen.engine.LoadSpec;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Says on the terminal how a run goes: one line, rewritten twice a second. Where standard error is
 * not a terminal nothing is written.
 */
public final class ProgressLine implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;
  private static final String ERASE = "\r\u001b[K";

  private final LoadSpec spec;
  private final LoadRun run;
  private final String label;
  private final PrintStream out;
  private final ScheduledExecutorService timer;
  private LoadProgress last;

  private ProgressLine(LoadSpec spec, LoadRun run, String label, PrintStream out) {
    this.spec = spec;
    this.run = run;
    this.label = label;
    this.out = out;
    this.last = run.progress();
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> Thread.ofPlatform().daemon().name("twinpath-progress").unstarted(task));
  }

  /** Starts the line on standard error, if that is a terminal. */
  public static ProgressLine start(LoadSpec spec, LoadRun run, String label) {
    ProgressLine line = new ProgressLine(spec, run, label, System.err);
    if (stderrIsTerminal()) {
      var unused =
          line.timer.scheduleAtFixedRate(
              line::print, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
    return line;
  }

  /** Returns whether standard error is a terminal, which {@link System#console()} does not tell. */
  public static boolean stderrIsTerminal() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  private void print() {
    LoadProgress now = run.progress();
    out.print(ERASE + label + format(spec, last, now));
    out.flush();
    last = now;
  }

  static String format(LoadSpec spec, LoadProgress before, LoadProgress now) {
    double seconds = Math.max(1e-9, (now.elapsedNanos() - before.elapsedNanos()) / 1e9);
    double elapsed = Math.max(0, (now.elapsedNanos() - spec.warmUpNanos()) / 1e9);
    String phase =
        now.elapsedNanos() < spec.warmUpNanos()
            ? "warm-up"
            : String.format(
                Locale.ROOT,
                "%.0f/%.0f s",
                Math.min(elapsed, spec.durationNanos() / 1e9),
                spec.durationNanos() / 1e9);
    return String.format(
        Locale.ROOT,
        "%s  %s requests/s  %s/s  %d in flight  %,d errors",
        phase,
        Units.count((now.total().succeeded() - before.total().succeeded()) / seconds),
        Units.bytes((now.total().bodyBytes() - before.total().bodyBytes()) / seconds),
        now.inFlight(),
        now.total().failed());
  }

  @Override
  public void close() {
    timer.shutdownNow();
    if (stderrIsTerminal()) {
      out.print(ERASE);
      out.flush();
    }
  }
}
