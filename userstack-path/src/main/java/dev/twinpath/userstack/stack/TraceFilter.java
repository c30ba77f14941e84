package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * Which connection a trace is to follow: the first that matches, of those that are or else of those
 * that come.
 *
 * @param remote the peer's address, {@link IpAddress#ANY} = any
 * @param remotePort the peer's port, 0 = any
 * @param localPort our port, 0 = any
 */
public record TraceFilter(IpAddress remote, int remotePort, int localPort) {
  /** Whether a connection is meant. */
  public boolean matches(IpAddress address, int port, int ownPort) {
    return (remote.isAny() || remote.equals(address))
        && (remotePort == 0 || remotePort == port)
        && (localPort == 0 || localPort == ownPort);
  }
}
