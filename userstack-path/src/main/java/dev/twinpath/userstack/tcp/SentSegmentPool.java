package dev.twinpath.userstack.tcp;

/** A shard's free {@link SentSegment}s. */
final class SentSegmentPool {
  private SentSegment free;
  private int live;

  SentSegment take() {
    live++;
    SentSegment segment = free;
    if (segment == null) {
      return new SentSegment();
    }
    free = segment.next;
    segment.next = null;
    return segment;
  }

  void give(SentSegment segment) {
    live--;
    segment.previous = null;
    segment.timeNext = null;
    segment.timePrevious = null;
    segment.inTimeOrder = false;
    segment.flags = 0;
    segment.deliveredNanos = 0;
    segment.next = free;
    free = segment;
  }

  int live() {
    return live;
  }
}
