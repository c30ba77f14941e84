package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.Memory;

/**
 * One direction of a memory wire: a ring of frames, one producer, one consumer, perhaps in another
 * process.
 *
 * <pre>
 *   0 produced(8)    64 producer waits for room(4)
 * 128 consumed(8)   192 consumer sleeps(4)
 * 256 data: records, each 8-aligned and never across the end:
 *       0 record length(4)   4 frame length(4), or -1 for padding up to the end
 *       8 virtio-net header(10)  24 frame
 * </pre>
 *
 * <p>Positions count bytes up for ever. Each side keeps its own position to itself and only
 * publishes it; what it reads of the other's is checked, so that a peer that died in the middle, or
 * went mad, costs frames and nothing else. A record is published after it is whole.
 */
final class MemoryRing {
  static final int HEADER_LENGTH = 256;

  private static final int PRODUCED = 0;
  private static final int PRODUCER_WAITS = 64;
  private static final int CONSUMED = 128;
  private static final int CONSUMER_SLEEPS = 192;

  private static final int RECORD_HEADER = 24;
  private static final int FRAME_LENGTH = 4;
  private static final int CONTEXT = 8;
  private static final int PADDING = -1;

  private final long base;
  private final long data;
  private final int capacity;
  private final int mask;
  private long position;
  private long corrupted;

  /**
   * What was seen last of the other side's position, and shown last of ours: reading and writing
   * them costs a transfer of a cache line between two cores, so each is done when it must be. After
   * Lee, Bu, Chandranmenon: A lock-free, cache-efficient shared ring buffer, ANCS 2009.
   */
  private long seen;

  private long shown;

  /**
   * @param base page- or cache-line-aligned memory of {@link #HEADER_LENGTH} + capacity bytes
   * @param capacity a power of two
   */
  MemoryRing(long base, int capacity) {
    this.base = base;
    this.data = base + HEADER_LENGTH;
    this.capacity = capacity;
    this.mask = capacity - 1;
  }

  /** Producer: goes on where the producer before stopped. */
  void attachProducer() {
    position = Memory.getLongAcquire(base + PRODUCED) & -8L;
    shown = position;
    seen = Memory.getLongAcquire(base + CONSUMED);
    Memory.putLongRelease(base + PRODUCED, position);
    Memory.putIntVolatile(base + PRODUCER_WAITS, 0);
  }

  /** Consumer: forgets what was meant for the consumer before. */
  void attachConsumer() {
    position = Memory.getLongAcquire(base + PRODUCED) & -8L;
    seen = position;
    shown = position;
    Memory.putLongRelease(base + CONSUMED, position);
    Memory.putIntVolatile(base + CONSUMER_SLEEPS, 0);
  }

  /** Bytes that a frame takes in the ring. */
  static int recordLength(int frameLength) {
    return RECORD_HEADER + frameLength + 7 & -8;
  }

  /** Producer: whether a record of this length would fit. */
  boolean hasRoom(int record) {
    int at = (int) position & mask;
    int needed = at + record <= capacity ? record : capacity - at + record;
    if (fits(needed)) {
      return true;
    }
    seen = Memory.getLongVolatile(base + CONSUMED);
    return fits(needed);
  }

  private boolean fits(int needed) {
    long used = position - seen;
    // A consumer that claims to be ahead of us makes the ring look full.
    return used >= 0 && needed <= capacity - used;
  }

  /** Producer: 0, or -EAGAIN without room; InternalError when a piece of the frame is gone. */
  int produce(Frame frame) {
    int record = recordLength(frame.totalLength());
    if (record > capacity / 2) {
      return -Errno.EMSGSIZE;
    }
    if (!hasRoom(record)) {
      return -Errno.EAGAIN;
    }
    int at = (int) position & mask;
    int padding = at + record <= capacity ? 0 : capacity - at;
    if (padding > 0) {
      Memory.putInt(data + at, padding);
      Memory.putInt(data + at + FRAME_LENGTH, PADDING);
      at = 0;
    }
    long to = data + at;
    Memory.putInt(to, record);
    Memory.putInt(to + FRAME_LENGTH, frame.totalLength());
    VirtioNetHeader.write(to + CONTEXT, frame);
    to += RECORD_HEADER;
    for (int i = 0; i < frame.segments(); i++) {
      Memory.copy(frame.address(i), to, frame.length(i));
      to += frame.length(i);
    }
    Memory.faultBarrier();
    position += padding + record;
    return 0;
  }

  /** Producer: bytes that were produced and not yet shown. */
  long unpublished() {
    return position - shown;
  }

  /** Producer: shows what was produced; returns whether the consumer sleeps and must be woken. */
  boolean publish() {
    shown = position;
    Memory.putLongVolatile(base + PRODUCED, position);
    return Memory.getIntVolatile(base + CONSUMER_SLEEPS) != 0
        && Memory.getAndSetInt(base + CONSUMER_SLEEPS, 0) != 0;
  }

  /** Producer: asks to be woken when there is room; then look once more. */
  void producerWaits(boolean waits) {
    Memory.putIntVolatile(base + PRODUCER_WAITS, waits ? 1 : 0);
  }

  /** Consumer: asks to be woken when there is a frame; then look once more. */
  void consumerSleeps(boolean sleeps) {
    Memory.putIntVolatile(base + CONSUMER_SLEEPS, sleeps ? 1 : 0);
  }

  /** Consumer: whether there is nothing. */
  boolean isEmpty() {
    return Memory.getLongVolatile(base + PRODUCED) == position;
  }

  /** Consumer: the next frame's length, 0 for none, or -EMSGSIZE for one that was too long. */
  int consume(long address, int limit, Frame context) {
    if (position == seen) {
      seen = Memory.getLongAcquire(base + PRODUCED);
    }
    while (position != seen) {
      long available = seen - position;
      int at = (int) position & mask;
      int record = Memory.getInt(data + at);
      int length = Memory.getInt(data + at + FRAME_LENGTH);
      if (available < 0 || available > capacity || !isSane(record, length, available, at)) {
        corrupted++;
        attachConsumer();
        return 0;
      }
      position += record;
      if (length == PADDING) {
        continue;
      }
      if (length <= limit) {
        context.clear();
        VirtioNetHeader.read(data + at + CONTEXT, context);
        Memory.copy(data + at + RECORD_HEADER, address, length);
      }
      return length <= limit ? length : -Errno.EMSGSIZE;
    }
    return 0;
  }

  private boolean isSane(int record, int length, long available, int at) {
    if (record < 8 || (record & 7) != 0 || record > available || record > capacity - at) {
      return false;
    }
    return length == PADDING || length > 0 && length <= record - RECORD_HEADER;
  }

  /** Consumer: whether so much was consumed and not yet shown that a producer should know. */
  boolean shouldRelease() {
    return position - shown >= capacity / 8;
  }

  /**
   * Consumer: shows what was consumed; when nothing is left, and now and then before. Returns
   * whether a producer waits for room and must be woken.
   */
  boolean release() {
    if (shown == position) {
      return false;
    }
    shown = position;
    Memory.putLongVolatile(base + CONSUMED, position);
    return Memory.getIntVolatile(base + PRODUCER_WAITS) != 0
        && Memory.getAndSetInt(base + PRODUCER_WAITS, 0) != 0;
  }

  /** Producer: drops what the consumer has not taken, because there is no consumer any more. */
  void discard() {
    publish();
    seen = position;
    Memory.putLongRelease(base + CONSUMED, position);
  }

  /** Times that the peer wrote nonsense. */
  long corrupted() {
    return corrupted;
  }
}
