package dev.twinpath.loadgen;

import dev.twinpath.loadgen.report.ProgressLine;

/**
 * What a long command is doing, on standard error: one line, rewritten, where that is a terminal,
 * else a line each.
 */
final class Progress {
  private final boolean terminal = ProgressLine.stderrIsTerminal();

  void say(String text) {
    if (terminal) {
      System.err.print("\r\u001b[K" + text);
      System.err.flush();
    } else {
      System.err.println(text);
    }
  }

  void end() {
    if (terminal) {
      System.err.print("\r\u001b[K");
      System.err.flush();
    }
  }
}
