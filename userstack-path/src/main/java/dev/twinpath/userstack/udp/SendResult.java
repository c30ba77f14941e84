package dev.twinpath.userstack.udp;

/** What became of a datagram that an application sent. Only {@link #SENT} ones leave the host. */
public enum SendResult {
  /** It is on its way, as far as this host is concerned. */
  SENT,
  /** No room now; {@link UdpHandler#onWritable} tells when to try again (EAGAIN). */
  BLOCKED,
  /** Longer than a datagram may be, or than the path's MTU where it may not be cut (EMSGSIZE). */
  TOO_LONG,
  /** No route, or to this very host (ENETUNREACH). */
  NO_ROUTE,
  /** To a broadcast address without {@link UdpSocket#broadcast} (EACCES). */
  NOT_PERMITTED,
  /** No destination was given and the socket is not connected (EDESTADDRREQ), or its port is 0. */
  NO_DESTINATION
}
