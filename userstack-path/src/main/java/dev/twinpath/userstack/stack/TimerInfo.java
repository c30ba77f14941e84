package dev.twinpath.userstack.stack;

/**
 * The timer that a connection waits for, as {@code ss -o} shows it.
 *
 * @param kind on (retransmission, loss probe, reordering), persist, keepalive, delack, timewait or
 *     off
 * @param remaining nanoseconds until it fires, at least 0
 * @param count how often it has fired without an answer
 */
public record TimerInfo(String kind, long remaining, int count) {
  /** No timer runs. */
  public static final TimerInfo OFF = new TimerInfo("off", 0, 0);
}
