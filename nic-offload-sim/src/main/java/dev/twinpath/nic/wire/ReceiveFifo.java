package dev.twinpath.nic.wire;

/**
 * Frames that came off a line and that the host has not taken: first on the bus, then, when they
 * were offered and no descriptor was posted, waiting. Only those that wait count against the bytes
 * of the FIFO, and those that do not fit are dropped.
 *
 * <p>A wire is not told of descriptors. It knows that none is posted when a frame was there during
 * a whole round of the device's work and was not taken.
 */
final class ReceiveFifo {
  private static final int MAX_FRAMES = 1 << 14;

  private final FrameStore store;
  private final LinkCounters counters;
  private final int capacity;

  private final long[] places = new long[MAX_FRAMES];
  private final int[] lengths = new int[MAX_FRAMES];
  private final int[] frames = new int[MAX_FRAMES];
  private final int[] bytes = new int[MAX_FRAMES];
  private final long[] visible = new long[MAX_FRAMES];

  /** The first frame; those up to {@link #offered} were offered for a round. */
  private int head;

  private int offered;
  private int tail;
  private int bytesWaiting;

  ReceiveFifo(int capacity, FrameStore store, LinkCounters counters) {
    this.capacity = capacity;
    this.store = store;
    this.counters = counters;
  }

  private static int index(int position) {
    return position & MAX_FRAMES - 1;
  }

  boolean hasRoom() {
    return tail - head < MAX_FRAMES;
  }

  /** Bytes that wait for a descriptor. */
  int bytesWaiting() {
    return bytesWaiting;
  }

  void put(long place, int length, int frameCount, int frameBytes, long visibleAt) {
    int i = index(tail++);
    places[i] = place;
    lengths[i] = length;
    frames[i] = frameCount;
    bytes[i] = frameBytes;
    visible[i] = visibleAt;
  }

  /** A new round: what was there in the round at {@code lastRound} waits now, or is dropped. */
  void beginRound(long lastRound) {
    while (offered != tail && visible[index(offered)] - lastRound <= 0) {
      int i = index(offered++);
      if (bytesWaiting + bytes[i] <= capacity) {
        bytesWaiting += bytes[i];
      } else {
        counters.fifoDrops += frames[i];
        store.release(places[i], lengths[i]);
        places[i] = 0;
      }
    }
    skipDropped();
  }

  private void skipDropped() {
    while (head != offered && places[index(head)] == 0) {
      head++;
    }
  }

  /** Whether there is a frame for the host. */
  boolean hasFrame(long now) {
    return head != tail && visible[index(head)] - now <= 0;
  }

  long headPlace() {
    return places[index(head)];
  }

  int headLength() {
    return lengths[index(head)];
  }

  int headFrames() {
    return frames[index(head)];
  }

  /** Takes the first frame away. */
  void remove() {
    int i = index(head);
    store.release(places[i], lengths[i]);
    if (head == offered) {
      offered++;
    } else {
      bytesWaiting -= bytes[i];
    }
    head++;
    skipDropped();
  }

  /** When a frame comes off the bus, or {@link Long#MAX_VALUE}; one that waits tells nothing. */
  long nextVisible() {
    return offered != tail ? visible[index(offered)] : Long.MAX_VALUE;
  }
}
