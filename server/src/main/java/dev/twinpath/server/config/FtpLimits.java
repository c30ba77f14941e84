package dev.twinpath.server.config;

import java.time.Duration;

/**
 * Limits and deadlines of the FTP service.
 *
 * @param maxSessions control connections at a time, on all loops of a path together; further ones
 *     get 421
 * @param maxSessionsPerClient the same for one client address
 * @param maxLine longest command line in bytes; longer ones get 500
 * @param maxPipelined commands that wait behind the one in progress; beyond it the connection is
 *     not read
 * @param idleTimeout a session without a command, and without progress of a transfer, ends with 421
 * @param dataTimeout how long a passive listener waits for its one connection, and a transfer
 *     command for it
 * @param closeGrace where the transport cannot tell what the client acknowledged: how long a
 *     transfer waits for the client to close before 226
 * @param passivePorts ports of passive listeners
 */
public record FtpLimits(
    int maxSessions,
    int maxSessionsPerClient,
    int maxLine,
    int maxPipelined,
    Duration idleTimeout,
    Duration dataTimeout,
    Duration closeGrace,
    PortRange passivePorts) {

  /** 1,000 sessions, 100 of one client, 4 KiB lines, 5 minutes idle, any free passive port. */
  public static final FtpLimits DEFAULTS =
      new FtpLimits(
          1000,
          100,
          4096,
          32,
          Duration.ofMinutes(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          PortRange.ANY);

  /** The same with other timeouts. */
  public FtpLimits withTimeouts(Duration idle, Duration data, Duration grace) {
    return new FtpLimits(
        maxSessions, maxSessionsPerClient, maxLine, maxPipelined, idle, data, grace, passivePorts);
  }

  /** The same with other session limits. */
  public FtpLimits withSessions(int all, int perClient) {
    return new FtpLimits(
        all, perClient, maxLine, maxPipelined, idleTimeout, dataTimeout, closeGrace, passivePorts);
  }

  /** The same with passive listeners in a range of ports. */
  public FtpLimits withPassivePorts(PortRange ports) {
    return new FtpLimits(
        maxSessions,
        maxSessionsPerClient,
        maxLine,
        maxPipelined,
        idleTimeout,
        dataTimeout,
        closeGrace,
        ports);
  }
}
