package dev.twinpath.userstack.tcp;

/**
 * What was before RACK, to compare with it: a packet is lost when three segments beyond it have
 * arrived (IsLost of RFC 6675), whatever was learned of reordering; a lost retransmission shows by
 * the timer only.
 */
final class DuplicateThreshold extends Rack {
  DuplicateThreshold(TcpStack stack) {
    super(stack);
  }

  @Override
  boolean detect(Connection c) {
    int beyond = 0;
    for (SentSegment s = c.sent.tail; s != null; s = s.previous) {
      if (s.has(SentSegment.SACKED)) {
        beyond += s.segments(c.mss);
      } else if (beyond >= DUPLICATES && !s.has(SentSegment.LOST)) {
        c.sent.markLost(s);
      }
    }
    return false;
  }
}
