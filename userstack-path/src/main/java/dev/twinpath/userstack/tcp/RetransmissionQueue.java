package dev.twinpath.userstack.tcp;

/**
 * The unacknowledged packets of a connection, in order of sequence numbers and in order of sending,
 * and the bytes that are SACKed, lost and retransmitted. The sum that counts is {@link #pipe}:
 * bytes that are believed to be in the network (RFC 6675 section 4).
 */
final class RetransmissionQueue {
  SentSegment head;
  SentSegment tail;
  SentSegment timeHead;
  SentSegment timeTail;
  long sackedBytes;
  long lostBytes;
  long retransmittedBytes;

  /** Bytes that were ever found lost, each time that they were. */
  long everLostBytes;

  /** Told of packets that are found lost; null = nobody. */
  DeliveryRate rate;

  /** Where the search for the next lost segment starts; null = at the head. */
  SentSegment retransmitHint;

  private int size;

  /** Packets in the queue. */
  int size() {
    return size;
  }

  boolean isEmpty() {
    return head == null;
  }

  /** Bytes in the network, given the bytes outstanding. */
  long pipe(long outstanding) {
    return outstanding - sackedBytes - lostBytes + retransmittedBytes;
  }

  /** Appends a packet that was just sent for the first time. */
  void append(SentSegment segment) {
    segment.next = null;
    segment.previous = tail;
    if (tail == null) {
      head = segment;
    } else {
      tail.next = segment;
    }
    tail = segment;
    size++;
    linkTime(segment);
  }

  /** Takes the first packet out. */
  void removeHead() {
    SentSegment segment = head;
    uncount(segment);
    if (segment.inTimeOrder) {
      unlinkTime(segment);
    }
    if (retransmitHint == segment) {
      retransmitHint = null;
    }
    head = segment.next;
    size--;
    if (head == null) {
      tail = null;
    } else {
      head.previous = null;
    }
  }

  /** Cuts acknowledged bytes off the first packet. */
  void trimHead(long una) {
    long cut = una - head.start;
    if (head.has(SentSegment.SACKED)) {
      sackedBytes -= cut;
    }
    if (head.has(SentSegment.LOST)) {
      lostBytes -= cut;
    }
    if (head.has(SentSegment.RETRANSMITTED)) {
      retransmittedBytes -= cut;
    }
    head.start = una;
  }

  /** Splits a packet in two at a sequence number inside it; the first part keeps the object. */
  SentSegment split(SentSegmentPool pool, SentSegment segment, long at) {
    SentSegment second = pool.take();
    second.start = at;
    second.end = segment.end;
    second.sentNanos = segment.sentNanos;
    second.flags = segment.flags & ~SentSegment.SYN;
    second.firstSentNanos = segment.firstSentNanos;
    second.deliveredNanos = segment.deliveredNanos;
    second.delivered = segment.delivered;
    second.lost = segment.lost;
    second.inflightAtSend = segment.inflightAtSend;
    second.appLimited = segment.appLimited;
    segment.flags &= ~(SentSegment.FIN | SentSegment.PUSH);
    segment.end = at;
    second.next = segment.next;
    second.previous = segment;
    if (segment.next == null) {
      tail = second;
    } else {
      segment.next.previous = second;
    }
    segment.next = second;
    size++;
    if (segment.inTimeOrder) {
      second.inTimeOrder = true;
      second.timePrevious = segment;
      second.timeNext = segment.timeNext;
      if (segment.timeNext == null) {
        timeTail = second;
      } else {
        segment.timeNext.timePrevious = second;
      }
      segment.timeNext = second;
    }
    return second;
  }

  void markSacked(SentSegment segment) {
    uncount(segment);
    segment.flags &= ~(SentSegment.LOST | SentSegment.RETRANSMITTED);
    segment.flags |= SentSegment.SACKED;
    sackedBytes += segment.length();
    if (segment.inTimeOrder) {
      unlinkTime(segment);
    }
  }

  /** The peer reneged (RFC 2018 section 8): what it had is to be sent again. */
  void unmarkSacked(SentSegment segment) {
    sackedBytes -= segment.length();
    segment.flags &= ~SentSegment.SACKED;
    linkByTime(segment, null);
  }

  /** Marks a packet lost; a retransmission of it counts as lost too. */
  void markLost(SentSegment segment) {
    boolean news = !segment.has(SentSegment.LOST) || segment.has(SentSegment.RETRANSMITTED);
    if (rate != null && news) {
      rate.onLost(segment);
    }
    if (segment.has(SentSegment.RETRANSMITTED)) {
      segment.flags &= ~SentSegment.RETRANSMITTED;
      retransmittedBytes -= segment.length();
      everLostBytes += segment.length();
    } else if (!segment.has(SentSegment.LOST)) {
      everLostBytes += segment.length();
    }
    if (!segment.has(SentSegment.LOST)) {
      segment.flags |= SentSegment.LOST;
      lostBytes += segment.length();
    }
    if (segment.inTimeOrder) {
      unlinkTime(segment);
    }
    if (retransmitHint != null && segment.start < retransmitHint.start) {
      retransmitHint = segment;
    }
  }

  /** Packets that were thought lost were not. */
  void unmarkAllLost() {
    if (lostBytes == 0) {
      return;
    }
    SentSegment place = null;
    for (SentSegment s = head; s != null; s = s.next) {
      if (s.has(SentSegment.LOST)) {
        s.flags &= ~SentSegment.LOST;
        lostBytes -= s.length();
        if (!s.inTimeOrder) {
          linkByTime(s, place);
          place = s;
        }
      }
    }
    retransmitHint = null;
  }

  /** A packet was just sent again. */
  void markRetransmitted(SentSegment segment, long nowNanos) {
    if (!segment.has(SentSegment.RETRANSMITTED)) {
      retransmittedBytes += segment.length();
    }
    segment.flags |= SentSegment.RETRANSMITTED | SentSegment.EVER_RETRANSMITTED;
    segment.sentNanos = nowNanos;
    if (segment.inTimeOrder) {
      unlinkTime(segment);
    }
    linkTime(segment);
  }

  /** The next packet that is lost and not sent again since, or null. */
  SentSegment nextLost() {
    if (lostBytes == retransmittedBytes && lostBytes == 0) {
      return null;
    }
    SentSegment segment = retransmitHint == null ? head : retransmitHint;
    while (segment != null) {
      if (segment.has(SentSegment.LOST) && !segment.has(SentSegment.RETRANSMITTED)) {
        retransmitHint = segment;
        return segment;
      }
      segment = segment.next;
    }
    retransmitHint = tail;
    return null;
  }

  /** Forgets everything. */
  void clear(SentSegmentPool pool) {
    SentSegment segment = head;
    while (segment != null) {
      SentSegment next = segment.next;
      pool.give(segment);
      segment = next;
    }
    size = 0;
    head = null;
    tail = null;
    timeHead = null;
    timeTail = null;
    retransmitHint = null;
    sackedBytes = 0;
    lostBytes = 0;
    retransmittedBytes = 0;
  }

  private void uncount(SentSegment segment) {
    long length = segment.length();
    if (segment.has(SentSegment.SACKED)) {
      sackedBytes -= length;
    }
    if (segment.has(SentSegment.LOST)) {
      lostBytes -= length;
    }
    if (segment.has(SentSegment.RETRANSMITTED)) {
      retransmittedBytes -= length;
    }
  }

  private void linkTime(SentSegment segment) {
    segment.timeNext = null;
    segment.timePrevious = timeTail;
    if (timeTail == null) {
      timeHead = segment;
    } else {
      timeTail.timeNext = segment;
    }
    timeTail = segment;
    segment.inTimeOrder = true;
  }

  /**
   * Links a packet where its time belongs; the search begins at a packet that is linked, or null.
   */
  private void linkByTime(SentSegment segment, SentSegment from) {
    SentSegment before = from;
    if (before == null || before.sentNanos > segment.sentNanos) {
      before = null;
    }
    SentSegment after = before == null ? timeHead : before.timeNext;
    while (after != null && after.sentNanos <= segment.sentNanos) {
      before = after;
      after = after.timeNext;
    }
    segment.timePrevious = before;
    segment.timeNext = after;
    if (before == null) {
      timeHead = segment;
    } else {
      before.timeNext = segment;
    }
    if (after == null) {
      timeTail = segment;
    } else {
      after.timePrevious = segment;
    }
    segment.inTimeOrder = true;
  }

  private void unlinkTime(SentSegment segment) {
    if (segment.timePrevious == null) {
      timeHead = segment.timeNext;
    } else {
      segment.timePrevious.timeNext = segment.timeNext;
    }
    if (segment.timeNext == null) {
      timeTail = segment.timePrevious;
    } else {
      segment.timeNext.timePrevious = segment.timePrevious;
    }
    segment.timeNext = null;
    segment.timePrevious = null;
    segment.inTimeOrder = false;
  }
}
