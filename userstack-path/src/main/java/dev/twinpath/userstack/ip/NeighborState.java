package dev.twinpath.userstack.ip;

/** The states of a neighbour (RFC 4861 section 7.3.2, which Linux uses for ARP too). */
public enum NeighborState {
  /** A request is out, the link address is not known. */
  INCOMPLETE,
  /** Confirmed lately. */
  REACHABLE,
  /** Not confirmed for a while; used as it is until it is used. */
  STALE,
  /** Used while stale: upper layers get a moment to confirm it. */
  DELAY,
  /** Unicast requests are out; the old link address stays in use. */
  PROBE,
  /** Nobody answered. */
  FAILED,
  /** Evicted: whoever holds the entry asks for a new one. */
  EVICTED
}
