package dev.twinpath.userstack.stack;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.NanoClock;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/**
 * A path with a bottleneck, in virtual time: what the left end sends waits in a drop-tail buffer
 * for a line of some rate; what the right end answers only takes its time.
 */
public final class Bottleneck {
  private static final long SECOND = 1_000_000_000L;
  private static final int IP = 14;

  private record Flying(byte[] frame, long due) {}

  /** Of the line, bits a second; may change under way. */
  public long rate;

  /** Bytes that may wait for the line. */
  public long buffer = Long.MAX_VALUE;

  /** Chance that a frame is lost before the buffer. */
  public double loss;

  /** Bytes waiting from which capable frames are marked. */
  public long markAt = Long.MAX_VALUE;

  /** Both ways together, without the time on the line. */
  public long delay;

  public final Wire left = new End(true);
  public final Wire right = new End(false);

  /** Frames that found the buffer full. */
  public long drops;

  public long randomDrops;
  public long marks;

  /** Bytes that have come through. */
  public long carried;

  /** The most bytes that waited since {@link #forget}. */
  public long greatestQueue;

  private double queueSum;
  private long arrivals;
  private final NanoClock clock;
  private final SplittableRandom random = new SplittableRandom(5);
  private final ArrayDeque<Flying> toRight = new ArrayDeque<>();
  private final ArrayDeque<Flying> toLeft = new ArrayDeque<>();
  private long lineFreeAt;

  public Bottleneck(NanoClock clock, long bitsPerSecond, long delayNanos) {
    this.clock = clock;
    rate = bitsPerSecond;
    delay = delayNanos;
  }

  /** Bytes in flight that fill the path without a queue. */
  public long product() {
    return rate / 8 * delay / SECOND;
  }

  /** Begins the statistics anew. */
  public void forget() {
    greatestQueue = 0;
    queueSum = 0;
    arrivals = 0;
    carried = 0;
    drops = 0;
    randomDrops = 0;
    marks = 0;
  }

  /** Bytes that a frame found waiting, on average. */
  public double averageQueue() {
    return queueSum / Math.max(1, arrivals);
  }

  private void enter(byte[] frame) {
    long now = clock.nanoTime();
    long waiting = Math.max(0, lineFreeAt - now) * (rate / 8) / SECOND;
    arrivals++;
    queueSum += waiting;
    if (loss > 0 && random.nextDouble() < loss) {
      randomDrops++;
      return;
    }
    if (waiting + frame.length > buffer) {
      drops++;
      return;
    }
    if (waiting >= markAt && (frame[IP + 1] & 3) == 2) {
      mark(frame);
    }
    greatestQueue = Math.max(greatestQueue, waiting + frame.length);
    lineFreeAt = Math.max(lineFreeAt, now) + frame.length * 8L * SECOND / rate;
    toRight.add(new Flying(frame, lineFreeAt + delay / 2));
  }

  /** CE, and the header's checksum after it (RFC 1624). */
  private void mark(byte[] frame) {
    marks++;
    frame[IP + 1] |= 3;
    int sum = (frame[IP + 10] & 0xff) << 8 | frame[IP + 11] & 0xff;
    sum = sum == 0 ? 0xfffe : sum - 1;
    frame[IP + 10] = (byte) (sum >> 8);
    frame[IP + 11] = (byte) sum;
  }

  private final class End implements Wire, WireQueue {
    private final boolean isLeft;

    End(boolean isLeft) {
      this.isLeft = isLeft;
    }

    private ArrayDeque<Flying> arriving() {
      return isLeft ? toLeft : toRight;
    }

    @Override
    public WireCapabilities capabilities() {
      return WireCapabilities.plain(65549);
    }

    @Override
    public int queues() {
      return 1;
    }

    @Override
    public WireQueue queue(int index) {
      return this;
    }

    @Override
    public int transmit(Frame frame) {
      byte[] bytes = new byte[frame.totalLength()];
      int at = 0;
      for (int i = 0; i < frame.segments(); i++) {
        Memory.copy(frame.address(i), bytes, at, frame.length(i));
        at += frame.length(i);
      }
      if (isLeft) {
        enter(bytes);
      } else {
        toLeft.add(new Flying(bytes, clock.nanoTime() + delay - delay / 2));
      }
      return 0;
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      context.clear();
      Flying first = arriving().peek();
      if (first == null || first.due > clock.nanoTime()) {
        return 0;
      }
      arriving().remove();
      carried += isLeft ? 0 : first.frame.length;
      Memory.copy(first.frame, 0, address, first.frame.length);
      return first.frame.length;
    }

    @Override
    public int pollableFd() {
      return -1;
    }

    @Override
    public boolean armInterrupt() {
      return true;
    }

    @Override
    public void disarmInterrupt() {}

    @Override
    public long nextDeadlineNanos() {
      Flying first = arriving().peek();
      return first == null ? Long.MAX_VALUE : first.due;
    }

    @Override
    public void close() {}
  }
}
