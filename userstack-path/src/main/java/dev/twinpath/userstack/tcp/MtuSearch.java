package dev.twinpath.userstack.tcp;

/**
 * One connection's search for its path's MTU (RFC 4821 section 7). All sizes are payload bytes of a
 * segment, as {@link TransmissionControlBlock#mss}.
 */
final class MtuSearch {
  /** What is known to pass, or assumed to. */
  int low;

  /** What the link, the peer or ICMP allows at most. */
  int high;

  /** Whether the search goes on; before the first suspicion it does not when probing is 1. */
  boolean enabled;

  /** Payload of the probe that is out, 0 = none. */
  int probe;

  long probeStart;
  long probeEnd;

  /** When the search last ended, or began. */
  long sinceNanos;
}
