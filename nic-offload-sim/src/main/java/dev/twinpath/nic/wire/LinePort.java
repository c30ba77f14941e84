package dev.twinpath.nic.wire;

/**
 * One queue's frames on a {@link Line}: first those that wait for it, then those that are under
 * way. The queue's thread puts frames in and takes them out when they have arrived; in between
 * whoever steps the line gives them their times, one after the other. A ring with one owner of each
 * of its three positions.
 */
final class LinePort {
  private final long[] places;
  private final int[] lengths;
  private final int[] frames;
  private final int[] frameBytes;
  private final int[] lineBytes;
  private final long[] ready;
  private final long[] order;
  private final long[] due;
  private final int mask;

  private long head;
  private volatile long started;
  private volatile long tail;

  private volatile long bytesPut;
  private volatile long bytesStarted;
  private long bytesRemoved;

  /**
   * @param entries frames at most, a power of two
   */
  LinePort(int entries) {
    places = new long[entries];
    lengths = new int[entries];
    frames = new int[entries];
    frameBytes = new int[entries];
    lineBytes = new int[entries];
    ready = new long[entries];
    order = new long[entries];
    due = new long[entries];
    mask = entries - 1;
  }

  // The queue's thread.

  boolean hasRoom() {
    return tail - head <= mask;
  }

  /** Bytes that wait for the line; any thread. */
  long bytesWaiting() {
    long begun = bytesStarted;
    return bytesPut - begun;
  }

  /** Bytes that wait or are under way. */
  long bytesHeld() {
    return bytesPut - bytesRemoved;
  }

  /** Puts a frame in that may begin at {@code readyAt}. */
  void put(long place, int length, LineSize size, long readyAt, long number) {
    long at = tail;
    int i = (int) at & mask;
    places[i] = place;
    lengths[i] = length;
    frames[i] = size.frames();
    frameBytes[i] = size.frameBytes();
    lineBytes[i] = size.lineBytes();
    ready[i] = readyAt;
    order[i] = number;
    long bytes = bytesPut;
    bytesPut = bytes + size.frameBytes();
    tail = at + 1;
  }

  /** Whether the first frame has arrived at the far end. */
  boolean isDue(long now) {
    return head != started && due[(int) head & mask] - now <= 0;
  }

  /** When the first frame under way arrives, or {@link Long#MAX_VALUE}. */
  long nextDue() {
    return head != started ? due[(int) head & mask] : Long.MAX_VALUE;
  }

  long headDue() {
    return due[(int) head & mask];
  }

  long headPlace() {
    return places[(int) head & mask];
  }

  int headLength() {
    return lengths[(int) head & mask];
  }

  int headFrames() {
    return frames[(int) head & mask];
  }

  int headFrameBytes() {
    return frameBytes[(int) head & mask];
  }

  int headLineBytes() {
    return lineBytes[(int) head & mask];
  }

  void remove() {
    bytesRemoved += frameBytes[(int) head & mask];
    head++;
  }

  // Whoever steps the line.

  boolean hasWaiting() {
    return started != tail;
  }

  /** When the next frame may begin, of {@link #hasWaiting}. */
  long nextReady() {
    return ready[(int) started & mask];
  }

  long nextOrder() {
    return order[(int) started & mask];
  }

  int nextLineBytes() {
    return lineBytes[(int) started & mask];
  }

  /** The next frame begins, and will have arrived at {@code dueAt}. */
  void start(long dueAt) {
    long at = started;
    int i = (int) at & mask;
    due[i] = dueAt;
    long bytes = bytesStarted;
    bytesStarted = bytes + frameBytes[i];
    started = at + 1;
  }
}
