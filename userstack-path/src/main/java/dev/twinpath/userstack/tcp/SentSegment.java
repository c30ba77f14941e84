package dev.twinpath.userstack.tcp;

/**
 * One packet (of up to 64 KiB) that was sent and is not acknowledged. Linked twice: by sequence
 * number, and by the time of the last transmission for RACK (RFC 8985). Pooled by its shard.
 */
final class SentSegment {
  static final int SACKED = 1;
  static final int LOST = 2;

  /** The last transmission is a retransmission that is not known to be lost. */
  static final int RETRANSMITTED = 4;

  /** Some transmission was a retransmission, so no round trip can be taken (Karn). */
  static final int EVER_RETRANSMITTED = 8;

  static final int SYN = 16;
  static final int FIN = 32;

  /** Its last segment ends what the application wrote: it goes out with PSH, each time. */
  static final int PUSH = 64;

  SentSegment next;
  SentSegment previous;
  SentSegment timeNext;
  SentSegment timePrevious;
  long start;
  long end;
  long sentNanos;
  int flags;

  // What DeliveryRate remembers, where it measures; deliveredNanos 0 = it did not.
  long firstSentNanos;
  long deliveredNanos;
  long delivered;
  long lost;
  long inflightAtSend;
  boolean appLimited;

  boolean inTimeOrder;

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  long length() {
    return end - start;
  }

  /** How many segments of at most so many bytes it is, at least one. */
  int segments(int mss) {
    long length = end - start;
    return length <= mss ? 1 : (int) ((length + mss - 1) / mss);
  }
}
