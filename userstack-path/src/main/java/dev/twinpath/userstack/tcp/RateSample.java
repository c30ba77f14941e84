package dev.twinpath.userstack.tcp;

/**
 * What one acknowledgment says of the path: the delivery rate between the sending of the packet
 * that it acknowledged last and now (draft-ietf-ccwg-bbr section 4.1). Bytes and nanoseconds.
 */
final class RateSample {
  /** Bytes a second; 0 = the acknowledgment gives no sample. */
  double deliveryRate;

  /** Whether the application, and not the path, may have been the limit. */
  boolean appLimited;

  /** Bytes delivered since the packet was sent. */
  long delivered;

  /** What was delivered in all when the packet was sent; -1 = no packet was acknowledged. */
  long priorDelivered = -1;

  /** Bytes marked lost since the packet was sent. */
  long lost;

  /** Bytes in flight just after the packet was sent. */
  long inflightAtSend;

  /** The round trip measured; 0 = none. */
  long rtt;

  /** Bytes that this acknowledgment delivered. */
  long newlyDelivered;

  /** Bytes that were marked lost with this acknowledgment. */
  long newlyLost;

  /** The acknowledgment carries the echo of a congestion mark. */
  boolean congestionEcho;
}
