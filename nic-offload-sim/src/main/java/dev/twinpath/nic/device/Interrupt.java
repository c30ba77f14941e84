package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A queue pair's interrupt line: how whoever works for the queue on another thread wakes a host
 * that sleeps.
 *
 * <p>It is armed for one interrupt at a time, as drivers that poll do it (NAPI): the host announces
 * with {@link #arm} that it is about to sleep, looks at its rings once more, sleeps, and calls
 * {@link #disarm} when it is awake. The device publishes completions first and looks whether the
 * line is armed afterwards; with a full fence between on both sides one of the two sees the other,
 * and no wake-up is lost (compare netty #15937). A host that never arms is never interrupted, and
 * pays nothing.
 *
 * <p>Completions that come while the line is armed are gathered as {@link InterruptModeration}
 * says. What another queue hands over raises at once.
 */
public final class Interrupt {
  private static final VarHandle ARMED;

  /** What is written to an eventfd, forever. */
  private static final long ONE;

  /** Where what is read from it goes. */
  private static final long DISCARDED;

  static {
    try {
      ARMED = MethodHandles.lookup().findVarHandle(Interrupt.class, "armed", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
    ONE = Arena.global().allocate(2L * Long.BYTES, Long.BYTES).address();
    Memory.putLong(ONE, 1);
    DISCARDED = ONE + Long.BYTES;
  }

  private final NicCounters counters;
  private volatile InterruptModeration moderation;

  /** 0 when disarmed; otherwise a number that differs from one arming to the next. */
  private int armed;

  // The host's.
  private int arming;

  // Guarded by this: a descriptor must not be written once it may be somebody else's.
  private int eventFd = -1;
  private Runnable sink;
  private boolean closed;

  // The device's, for the arming that it saw last.
  private int seen;
  private int rxPending;
  private int txPending;
  private long rxSince;
  private long txSince;

  Interrupt(InterruptModeration moderation, NicCounters counters) {
    this.moderation = moderation;
    this.counters = counters;
  }

  // ---- The host's side.

  /**
   * An eventfd that is readable once the interrupt came; made by the first call, closed with the
   * NIC.
   *
   * @throws UncheckedIOException without descriptors
   */
  public synchronized int fd() {
    if (closed) {
      throw new IllegalStateException("the NIC is closed");
    }
    if (eventFd < 0) {
      int fd = Linux.eventfd(0, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
      if (fd < 0) {
        throw new UncheckedIOException(
            new IOException("cannot make an eventfd: " + Errno.describe(-fd)));
      }
      eventFd = fd;
    }
    return eventFd;
  }

  /**
   * What the interrupt does besides making {@link #fd} readable, if that was asked for: it runs on
   * the thread that raises it, and must be short and not throw. Null for nothing.
   */
  public synchronized void sink(Runnable handler) {
    sink = handler;
  }

  /** The same with the unparking of a thread. */
  public void sink(Thread thread) {
    sink(() -> LockSupport.unpark(thread));
  }

  /** Changes the moderation, as {@code ethtool -C} on a running interface; any thread. */
  public void moderation(InterruptModeration changed) {
    moderation = changed;
  }

  /** The moderation now. */
  public InterruptModeration moderation() {
    return moderation;
  }

  /** Announces that the host is about to sleep. It looks for work once more after this. */
  public void arm() {
    arming = Math.max(1, arming + 1);
    ARMED.setVolatile(this, arming);
    VarHandle.fullFence();
  }

  /** The host is awake: no interrupt comes any more, and one that came is taken back. */
  public void disarm() {
    ARMED.setVolatile(this, 0);
    synchronized (this) {
      // Also when none came in time: who raised it may be late with the write, and the descriptor
      // would stay readable for ever.
      if (eventFd >= 0) {
        Linux.read(eventFd, DISCARDED, Long.BYTES);
      }
    }
  }

  /** Whether the line waits for a reason to interrupt; any thread. */
  public boolean isArmed() {
    return (int) ARMED.getVolatile(this) != 0;
  }

  // ---- The device's side.

  /**
   * Device: so many completions were published, and there was a full fence after it. Also called
   * with nothing new, when time has passed.
   *
   * @param nowNanos the device's clock
   * @return whether the host was interrupted
   */
  boolean completed(int rx, int tx, long nowNanos) {
    int now = (int) ARMED.getAcquire(this);
    if (now == 0) {
      return false;
    }
    if (now != seen) {
      // What came before this arming the host has seen when it looked once more.
      seen = now;
      rxPending = 0;
      txPending = 0;
    }
    if (rx > 0) {
      rxSince = rxPending == 0 ? nowNanos : rxSince;
      rxPending += rx;
    }
    if (tx > 0) {
      txSince = txPending == 0 ? nowNanos : txSince;
      txPending += tx;
    }
    InterruptModeration m = moderation;
    if (isDue(rxPending, rxSince, m.rxFrames(), m.rxMicros(), nowNanos)
        || isDue(txPending, txSince, m.txFrames(), m.txMicros(), nowNanos)) {
      rxPending = 0;
      txPending = 0;
      return raise(now);
    }
    if (rx > 0 || tx > 0) {
      counters.interruptsModerated++;
    }
    return false;
  }

  private static boolean isDue(int pending, long since, int frames, int micros, long now) {
    return pending > 0 && (frames > 0 && pending >= frames || now - since >= micros * 1000L);
  }

  /**
   * When {@link #completed} must be called though nothing is new, by the clock that it was given;
   * {@link Long#MAX_VALUE} when nothing waits.
   */
  long deadlineNanos() {
    if (rxPending + txPending == 0 || seen != (int) ARMED.getAcquire(this)) {
      return Long.MAX_VALUE;
    }
    InterruptModeration m = moderation;
    long rx = rxPending > 0 ? rxSince + m.rxMicros() * 1000L : Long.MAX_VALUE;
    long tx = txPending > 0 ? txSince + m.txMicros() * 1000L : Long.MAX_VALUE;
    return Math.min(rx, tx);
  }

  /**
   * Any thread that has just made work visible for the queue: interrupts its host at once if it
   * sleeps or is about to.
   *
   * @return whether it was interrupted
   */
  boolean raise() {
    VarHandle.fullFence();
    int now = (int) ARMED.getAcquire(this);
    return now != 0 && raise(now);
  }

  private boolean raise(int arming) {
    if (!ARMED.compareAndSet(this, arming, 0)) {
      return false;
    }
    counters.interruptRaised();
    synchronized (this) {
      if (closed) {
        return false;
      }
      if (eventFd >= 0) {
        // EAGAIN means that it is readable as it can be.
        Linux.write(eventFd, ONE, Long.BYTES);
      }
      if (sink != null) {
        sink.run();
      }
    }
    return true;
  }

  /** Gives the descriptor back; also while armed. */
  synchronized void close() {
    closed = true;
    ARMED.setVolatile(this, 0);
    sink = null;
    if (eventFd >= 0) {
      Linux.close(eventFd);
      eventFd = -1;
    }
  }
}
