package dev.twinpath.userstack.stack;

/**
 * A hierarchical timing wheel (Varghese and Lauck, scheme 7): arming, cancelling and firing in
 * O(1), no allocation. Four levels of 256 buckets, a tick of 2^17 ns (131 us), so deadlines up to
 * 150 hours; later ones fire early, which the owner must tolerate anyway.
 *
 * <p>Re-arming is lazy: a later deadline leaves the node where it is, and its owner looks again
 * when it fires. So a retransmission timer that every ACK pushes back costs a comparison per ACK.
 */
public final class TimerWheel {
  private static final int TICK_SHIFT = 17;
  private static final int BITS = 8;
  private static final int BUCKETS = 1 << BITS;
  private static final int MASK = BUCKETS - 1;
  private static final int LEVELS = 4;
  private static final long MAX_TICKS = (1L << BITS * LEVELS) - BUCKETS;

  private final TimerNode[] heads = new TimerNode[LEVELS * BUCKETS];
  private final long[] occupied = new long[LEVELS * BUCKETS / Long.SIZE];
  private long currentTick;
  private int armed;

  /**
   * Creates a wheel.
   *
   * @param nowNanos where its time starts
   */
  public TimerWheel(long nowNanos) {
    currentTick = nowNanos >> TICK_SHIFT;
  }

  /**
   * Makes a node fire no later than a deadline (rounded up to a tick). A node that is already to
   * fire earlier stays as it is.
   */
  public void armNoLaterThan(TimerNode node, long deadlineNanos) {
    if (node.wheelBucket >= 0) {
      if (node.wheelDeadline <= deadlineNanos) {
        return;
      }
      unlink(node);
    }
    node.wheelDeadline = deadlineNanos;
    link(node, currentTick + 1);
  }

  /** Takes a node out; nothing happens if it is not in. */
  public void cancel(TimerNode node) {
    if (node.wheelBucket >= 0) {
      unlink(node);
    }
  }

  /** Armed nodes. */
  public int size() {
    return armed;
  }

  /**
   * Fires everything that is due.
   *
   * @param nowNanos the time now; a time before the last one is ignored
   * @return nodes fired
   */
  public int advance(long nowNanos) {
    long target = nowNanos >> TICK_SHIFT;
    int fired = 0;
    while (currentTick < target) {
      long next = nextTick();
      if (next > target) {
        currentTick = target;
        break;
      }
      currentTick = next;
      cascade();
      fired += fire(nowNanos);
    }
    return fired;
  }

  /**
   * When {@link #advance} has something to do next, Long.MAX_VALUE if nothing is armed. Never too
   * late.
   */
  public long nextDeadlineNanos() {
    return armed == 0 ? Long.MAX_VALUE : nextTick() << TICK_SHIFT;
  }

  private void cascade() {
    for (int level = LEVELS - 1; level > 0; level--) {
      int shift = BITS * level;
      if ((currentTick & (1L << shift) - 1) == 0) {
        int bucket = level * BUCKETS + (int) (currentTick >> shift & MASK);
        TimerNode node = heads[bucket];
        while (node != null) {
          TimerNode next = node.wheelNext;
          unlink(node);
          link(node, currentTick);
          node = next;
        }
      }
    }
  }

  private int fire(long nowNanos) {
    int bucket = (int) (currentTick & MASK);
    int fired = 0;
    TimerNode node;
    // A node that arms itself again goes to a later tick, so this ends.
    while ((node = heads[bucket]) != null) {
      unlink(node);
      fired++;
      node.onTimer(nowNanos);
    }
    return fired;
  }

  private void link(TimerNode node, long earliestTick) {
    long tick = (node.wheelDeadline >> TICK_SHIFT) + 1;
    tick = Math.max(earliestTick, Math.min(tick, currentTick + MAX_TICKS));
    long delta = tick - currentTick;
    int level = 0;
    while (level < LEVELS - 1 && delta >= 1L << BITS * (level + 1)) {
      level++;
    }
    int bucket = level * BUCKETS + (int) (tick >> BITS * level & MASK);
    TimerNode head = heads[bucket];
    node.wheelBucket = bucket;
    node.wheelPrevious = null;
    node.wheelNext = head;
    if (head != null) {
      head.wheelPrevious = node;
    }
    heads[bucket] = node;
    occupied[bucket >> 6] |= 1L << bucket;
    armed++;
  }

  private void unlink(TimerNode node) {
    int bucket = node.wheelBucket;
    if (node.wheelPrevious != null) {
      node.wheelPrevious.wheelNext = node.wheelNext;
    } else {
      heads[bucket] = node.wheelNext;
      if (node.wheelNext == null) {
        occupied[bucket >> 6] &= ~(1L << bucket);
      }
    }
    if (node.wheelNext != null) {
      node.wheelNext.wheelPrevious = node.wheelPrevious;
    }
    node.wheelPrevious = null;
    node.wheelNext = null;
    node.wheelBucket = -1;
    armed--;
  }

  /** The next tick at which a bucket fires or cascades; Long.MAX_VALUE >> TICK_SHIFT if none. */
  private long nextTick() {
    long best = Long.MAX_VALUE >> TICK_SHIFT;
    for (int level = 0; level < LEVELS; level++) {
      int shift = BITS * level;
      long position = currentTick >> shift;
      int distance = distanceToOccupied(level, (int) (position & MASK));
      if (distance > 0) {
        best = Math.min(best, position + distance << shift);
      }
    }
    return best;
  }

  /** How many buckets after {@code from} the next occupied one is, 1..256; 0 = none. */
  private int distanceToOccupied(int level, int from) {
    int words = BUCKETS / Long.SIZE;
    int base = level * words;
    int start = from + 1 & MASK;
    int word = start >> 6;
    long bits = occupied[base + word] & -1L << start;
    for (int i = 0; i <= words; i++) {
      if (bits != 0) {
        int found = (word << 6) + Long.numberOfTrailingZeros(bits);
        return (found - start & MASK) + 1;
      }
      word = word + 1 & words - 1;
      bits = occupied[base + word];
    }
    return 0;
  }
}
