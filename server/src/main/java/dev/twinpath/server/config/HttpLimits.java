package dev.twinpath.server.config;

import java.time.Duration;

/**
 * Limits and deadlines of one HTTP connection.
 *
 * @param requestLineBytes the longest request line; beyond it 414
 * @param headerBytes all header fields together; beyond it 431
 * @param headerFields the most header fields; beyond it 431
 * @param bodyBytes the longest request body that is read and thrown away; beyond it 413
 * @param headDeadline from a request's first byte to the end of its head; then 408
 * @param idle keep-alive: from one response's end to the next request's first byte
 * @param stall without a byte going out, while a response is under way
 * @param outstanding responses queued on one connection before the next pipelined request is read
 */
public record HttpLimits(
    int requestLineBytes,
    int headerBytes,
    int headerFields,
    long bodyBytes,
    Duration headDeadline,
    Duration idle,
    Duration stall,
    int outstanding) {
  /** nginx's limits, where it has one. */
  public static final HttpLimits DEFAULTS =
      new HttpLimits(
          8 * 1024,
          32 * 1024,
          100,
          1024 * 1024,
          Duration.ofSeconds(20),
          Duration.ofSeconds(75),
          Duration.ofSeconds(60),
          64);

  /** The same with other deadlines: for tests. */
  public HttpLimits withDeadlines(Duration newHead, Duration newIdle, Duration newStall) {
    return new HttpLimits(
        requestLineBytes,
        headerBytes,
        headerFields,
        bodyBytes,
        newHead,
        newIdle,
        newStall,
        outstanding);
  }
}
