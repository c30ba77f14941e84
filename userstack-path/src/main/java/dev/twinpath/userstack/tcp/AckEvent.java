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

  /** It tells that something of ours came twice. */
  boolean dsack;

  /** The same, and that it was the loss probe. */
  boolean dsackOfProbe;

  /** Data that was outstanding when recovery began, and never sent again, arrived. */
  boolean originalDelivered;

  /** A retransmission was found lost. */
  boolean retransmissionLost;

  /** The reordering timer was set: RACK looks again soon. */
  boolean reorderTimerSet;

  /** The peer withdrew what it had SACKed: the first outstanding packet is one that it had. */
  boolean reneged;

  /** Bytes that were ever found lost, before it. */
  long priorEverLost;

  /** Greatest sequence number SACKed before it. */
  long priorHighestSacked;

  /** First sequence number of what it says arrived, though later data had before. */
  long reorderedFrom;

  /** When the oldest packet that it acknowledged, never sent twice, was sent; 0 = none. */
  long rttSentNanos;

  /** The same of the oldest that it SACKed; 0 = none. */
  long sackSentNanos;

  /** When the packet was sent, never twice, that arrived last; 0 = none. */
  long latestSentNanos;

  /** Something that it acknowledged had been sent more than once. */
  boolean retransmitted;

  /** The round trip that it measured, by Karn's rule or by timestamps; 0 = none. */
  long rttNanos;

  /** It tells that a packet of ours met congestion. */
  boolean congestionEcho;

  boolean hasTimestampEcho;
  int timestampEcho;

  /** Bytes arrived at the peer: counted as packets, those that this ACK marks too. */
  void deliver(Connection c, long length) {
    delivered += length;
    int segments = (int) ((length + c.mss - 1) / c.mss);
    c.deliveredSegments += segments;
    c.deliveredMarked += congestionEcho ? segments : 0;
  }

  void clear() {
    priorUna = 0;
    acked = 0;
    delivered = 0;
    duplicate = false;
    sackedNew = false;
    dsack = false;
    dsackOfProbe = false;
    originalDelivered = false;
    retransmissionLost = false;
    reorderTimerSet = false;
    reneged = false;
    priorEverLost = 0;
    reorderedFrom = Long.MAX_VALUE;
    sackSentNanos = 0;
    latestSentNanos = 0;
    priorHighestSacked = 0;
    rttSentNanos = 0;
    retransmitted = false;
    rttNanos = 0;
    congestionEcho = false;
    hasTimestampEcho = false;
    timestampEcho = 0;
  }

  /** A packet arrived that was sent once. */
  void original(TransmissionControlBlock c, SentSegment segment) {
    latestSentNanos = Math.max(latestSentNanos, segment.sentNanos);
    reorderedFrom = Math.min(reorderedFrom, segment.start);
    originalDelivered |= segment.end <= c.recoveryPoint;
  }
}
