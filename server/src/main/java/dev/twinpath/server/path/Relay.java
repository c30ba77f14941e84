package dev.twinpath.server.path;

import dev.twinpath.server.path.RelaySide.ByteCounter;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Two connections that are made one: bytes, FIN and RST go across in both directions. The front is
 * the client's connection with the kernel, the back the one into the user stack. Both must allow
 * half-closure. Thread-safe.
 */
final class Relay {
  /** As long as Linux keeps an orphan in FIN_WAIT_2 (tcp_fin_timeout). */
  private static final long SILENCE_SECONDS = 60;

  private final RelaySide front;
  private final RelaySide back;
  private final AtomicInteger outputsEnded = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicLong moves = new AtomicLong();

  /**
   * @param in counts bytes towards the back, on the back's loop
   * @param out counts bytes from the back, on the back's loop
   */
  Relay(ByteCounter in, ByteCounter out) {
    front = new RelaySide(this, ByteCounter.NONE, ByteCounter.NONE);
    back = new RelaySide(this, out, in);
    front.peer(back);
    back.peer(front);
  }

  /** For the pipeline of the client's connection. */
  ChannelHandler front() {
    return front;
  }

  /** For the pipeline of the connection into the stack. */
  ChannelHandler back() {
    return back;
  }

  /** Both are connected: lets bytes flow. */
  void start() {
    if (over.get()) {
      // One of them went while the other was still being connected.
      front.reset();
      back.reset();
      return;
    }
    front.begin();
    back.begin();
  }

  /** Bytes went across. */
  void moved() {
    moves.lazySet(moves.get() + 1);
  }

  /** A FIN was passed on. */
  void outputEnded() {
    if (outputsEnded.incrementAndGet() == 2) {
      close();
    } else if (front.outputEnded()) {
      watchSilence(moves.get());
    }
  }

  /**
   * The server has ended; a client that neither ends nor sends must not hold the relay for ever. It
   * is closed in order: what the kernel still has to deliver, it delivers.
   */
  private void watchSilence(long movesBefore) {
    Channel watched = front.channel();
    watched
        .eventLoop()
        .schedule(
            () -> {
              if (over.get()) {
                return;
              }
              if (moves.get() == movesBefore) {
                close();
              } else {
                watchSilence(moves.get());
              }
            },
            SILENCE_SECONDS,
            TimeUnit.SECONDS);
  }

  /** One of the two is gone; if that was not our doing, the other learns it as a reset. */
  void sideClosed() {
    reset();
  }

  void reset() {
    if (over.compareAndSet(false, true)) {
      front.reset();
      back.reset();
    }
  }

  private void close() {
    if (over.compareAndSet(false, true)) {
      front.close();
      back.close();
    }
  }
}
