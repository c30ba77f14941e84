package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.stack.RangeOwner;
import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;

/**
 * A {@link MappedRegion} in the stack's send queue. Holds a reference to the region, and so to its
 * pages and its lease, until the stack says that neither it nor the NIC reads them any more; that
 * may be after the channel is closed. On the loop's thread.
 */
final class OutgoingRange implements RangeOwner, Runnable {
  /** Chunks read ahead of the one that is being sent. */
  private static final int AHEAD = 2;

  private final UserStackSocketChannel channel;
  private final UserStackIoHandler handler;
  private final TcpConnection connection;
  private final EventLoop loop;
  private MappedRegion region;
  private MappedFile file;
  private Residency residency;
  private long end;

  /**
   * {@link TcpConnection#bytesAcked} when this region's first byte will be the next to be acked.
   */
  private long streamStart;

  private long advanced;
  private int currentChunk;
  private long currentUntil;
  private int requestedTo;
  private boolean waiting;
  private boolean released;
  private boolean complete;

  OutgoingRange(
      UserStackSocketChannel channel, UserStackIoHandler handler, TcpConnection connection) {
    this.channel = channel;
    this.handler = handler;
    this.connection = connection;
    this.loop = channel.eventLoop();
  }

  /** Makes this stand for a region, which it retains; also again, after {@link #letGo}. */
  OutgoingRange begin(MappedRegion of, long startInStream) {
    region = of;
    file = of.mappedFile();
    residency = file.residency();
    end = of.position() + of.count();
    streamStart = startInStream;
    advanced = 0;
    currentChunk = -1;
    requestedTo = -1;
    released = false;
    complete = false;
    of.retain();
    return this;
  }

  /** Lets go of the region; returns whether neither the stack nor a read-ahead will call again. */
  boolean letGo() {
    region = null;
    file = null;
    residency = null;
    return released && !waiting;
  }

  /** Whether the stack gave the range back. */
  boolean released() {
    return released;
  }

  /** Whether it was released because every byte was acknowledged. */
  boolean complete() {
    return complete;
  }

  /**
   * Tells the region what was acknowledged since the last call.
   *
   * @param streamAcked the connection's {@link TcpConnection#bytesAcked}
   * @return the new bytes
   */
  long advance(long streamAcked) {
    long acked = Math.min(region.count(), Math.max(0, streamAcked - streamStart));
    return advanceTo(acked);
  }

  private long advanceTo(long acked) {
    long progress = acked - advanced;
    if (progress <= 0) {
      return 0;
    }
    advanced = acked;
    region.advance(progress);
    return progress;
  }

  /** Tells the region that the rest was acknowledged; returns how much that was. */
  long finish() {
    return advanceTo(region.count());
  }

  @Override
  public void release(long acked, boolean whole) {
    released = true;
    complete = whole;
    if (!whole) {
      advanceTo(acked);
    }
    ReferenceCountUtil.safeRelease(region);
    channel.rangeReleased();
  }

  @Override
  public boolean ready(long offset, int length) {
    long now = handler.nowNanos();
    if (offset + length >= end && !file.reaches(end, now)) {
      channel.fileTruncated();
      return false;
    }
    int last = Residency.chunk(offset + length - 1);
    if (last == currentChunk && Residency.chunk(offset) == currentChunk && currentUntil - now > 0) {
      return true;
    }
    return lookAhead(offset, length, last, now);
  }

  private boolean lookAhead(long offset, int length, int last, long now) {
    boolean there = residency.resident(offset, length, now);
    int horizon = Math.min(last + AHEAD, Residency.chunk(end - 1));
    int from = Math.max(last + 1, requestedTo + 1);
    while (from <= horizon && residency.resident((long) from * Residency.CHUNK, 1, now)) {
      from++;
    }
    if (there) {
      currentChunk = last;
      currentUntil = residency.knownUntil(last);
      if (from <= horizon) {
        requestedTo = horizon;
        handler.stack().readAhead().read(file, from, horizon, null);
      }
      return true;
    }
    if (!waiting) {
      waiting = true;
      handler.stack().readAhead().read(file, Residency.chunk(offset), last, this::chunksRead);
      if (from <= horizon) {
        requestedTo = horizon;
        handler.stack().readAhead().read(file, from, horizon, null);
      }
    }
    return false;
  }

  /** On a read-ahead thread: goes on, on the loop. */
  private void chunksRead() {
    if (!loop.isShutdown()) {
      loop.execute(this);
    }
  }

  @Override
  public void run() {
    waiting = false;
    if (!released) {
      connection.resumeRange();
    }
  }
}
