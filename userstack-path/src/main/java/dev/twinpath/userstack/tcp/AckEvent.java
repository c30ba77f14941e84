package dev.twinpath.userstack.tcp;

/**
 * What one acknowledgment did, collected for loss recovery and congestion control. One per shard.
 */
final class AckEvent {
  /** sndUna before it. */
  long priorUna;

  /** Bytes cumulatively acknowledged. */
  long acked;

  /** Bytes that were not known to have arrived before: acknowledged or SACKed now. */
  long delivered;

  /** It acknowledged nothing and carried nothing: RFC 5681 section 2's duplicate. */
  boolean duplicate;

  boolean sackedNew;
  boolean dsack;

  /** Greatest sequence number SACKed before it. */
  long priorHighestSacked;

  /** When the oldest packet that it acknowledged, never sent twice, was sent; 0 = none. */
  long rttSentNanos;

  /** Something that it acknowledged had been sent more than once. */
  boolean retransmitted;

  /** The round trip that it measured, by Karn's rule or by timestamps; 0 = none. */
  long rttNanos;

  /** It tells that a packet of ours met congestion. */
  boolean congestionEcho;

  boolean hasTimestampEcho;
  int timestampEcho;

  void clear() {
    priorUna = 0;
    acked = 0;
    delivered = 0;
    duplicate = false;
    sackedNew = false;
    dsack = false;
    priorHighestSacked = 0;
    rttSentNanos = 0;
    retransmitted = false;
    rttNanos = 0;
    congestionEcho = false;
    hasTimestampEcho = false;
    timestampEcho = 0;
  }
}
