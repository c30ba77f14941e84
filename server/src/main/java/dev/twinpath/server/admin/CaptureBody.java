package dev.twinpath.server.admin;

import dev.twinpath.nic.capture.Capture;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A capture as a response's body. The capture's thread writes, and waits while too much is under
 * way to the client; the capture then loses frames and counts them, and that is all that a slow
 * client does. One that takes nothing for a minute loses the connection.
 */
final class CaptureBody implements StreamedBody, WritableByteChannel {
  /** In trailers at the end of a complete capture: frames in it, and frames that it lost. */
  static final String CAPTURED = "X-Twinpath-Captured";

  static final String DROPPED = "X-Twinpath-Dropped";

  private static final int MAX_PIECE = 64 * 1024;
  private static final int MAX_UNDER_WAY = 4 * MAX_PIECE;

  private final long patienceNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Capture capture;
  private ChannelHandlerContext ctx;
  private Runnable done;
  private int underWay;
  private boolean ended;
  private boolean aborted;

  CaptureBody() {
    this(TimeUnit.MINUTES.toNanos(1));
  }

  CaptureBody(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  /** The capture that writes here; known before the response begins. */
  void of(Capture source) {
    lock.lock();
    try {
      capture = source;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void begin(ChannelHandlerContext context, Runnable whenDone) {
    boolean atEnd;
    lock.lock();
    try {
      ctx = context;
      done = whenDone;
      atEnd = ended;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (atEnd) {
      writeEnd();
    }
  }

  @Override
  public void finish() {
    capture.stop();
  }

  @Override
  public void abort() {
    lock.lock();
    try {
      aborted = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    capture.stop();
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    int size = Math.min(from.remaining(), MAX_PIECE);
    ChannelHandlerContext to = awaitRoom(size);
    ByteBuf piece = to.alloc().buffer(size);
    int limit = from.limit();
    piece.writeBytes(from.limit(from.position() + size));
    from.limit(limit);
    to.writeAndFlush(new DefaultHttpContent(piece)).addListener(sent -> sent(size));
    return size;
  }

  private ChannelHandlerContext awaitRoom(int size) throws IOException {
    lock.lock();
    try {
      long patience = patienceNanos;
      while (!aborted && (ctx == null || underWay > 0 && underWay + size > MAX_UNDER_WAY)) {
        int before = underWay;
        patience = changed.awaitNanos(patience);
        if (underWay < before) {
          patience = patienceNanos;
        } else if (patience <= 0) {
          giveUp();
          throw new IOException("the client reads nothing");
        }
      }
      if (aborted) {
        throw new ClosedChannelException();
      }
      underWay += size;
      return ctx;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClosedChannelException();
    } finally {
      lock.unlock();
    }
  }

  private void giveUp() {
    aborted = true;
    if (ctx != null) {
      ctx.close();
    }
  }

  private void sent(int size) {
    lock.lock();
    try {
      underWay -= size;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isOpen() {
    lock.lock();
    try {
      return !ended && !aborted;
    } finally {
      lock.unlock();
    }
  }

  /** The capture is complete, or has failed because of us. */
  @Override
  public void close() {
    ChannelHandlerContext to;
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      to = ctx;
    } finally {
      lock.unlock();
    }
    if (to != null) {
      to.executor().execute(this::writeEnd);
    }
  }

  private void writeEnd() {
    lock.lock();
    try {
      if (aborted) {
        return;
      }
    } finally {
      lock.unlock();
    }
    LastHttpContent last = new DefaultLastHttpContent();
    last.trailingHeaders().set(CAPTURED, capture.captured()).set(DROPPED, capture.dropped());
    ctx.writeAndFlush(last);
    done.run();
  }
}
