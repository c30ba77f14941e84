package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.NanoClock;
import dev.twinpath.nic.wire.PcapngWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A capture that runs: a tap in every queue, and a thread of its own that writes what they kept as
 * pcapng, one interface for each queue pair, until a limit is reached, somebody stops it, or it
 * cannot be written any more.
 *
 * <p>A slow writer costs captured frames, which are counted, never the traffic. Frames of one queue
 * are in order; between queues the order is that of time, as far as they were there to be compared.
 * Safe from any thread.
 */
public final class Capture implements AutoCloseable {
  private static final int BATCH = 256;
  private static final long SHORTEST_PAUSE = 200_000;
  private static final long LONGEST_PAUSE = 5_000_000;

  private final List<CapturePoint> points;
  private final List<CaptureTap> taps = new ArrayList<>();
  private final long[] delivered;
  private final CaptureOptions options;
  private final WritableByteChannel out;
  private final NanoClock epochClock;
  private final Consumer<Capture> atEnd;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final long startNanos;
  private volatile Thread thread;
  private volatile boolean stopping;
  private volatile long captured;
  private volatile IOException failure;

  Capture(
      List<CapturePoint> points,
      CaptureOptions options,
      WritableByteChannel out,
      NanoClock epochClock,
      Consumer<Capture> atEnd) {
    this.points = points;
    this.options = options;
    this.out = out;
    this.epochClock = epochClock;
    this.atEnd = atEnd;
    this.delivered = new long[points.size()];
    this.startNanos = epochClock.nanoTime();
    try {
      for (int i = 0; i < points.size(); i++) {
        CaptureRing ring = new CaptureRing(options.ringBytes());
        taps.add(new CaptureTap(options.filter(), options.snapLength(), ring, epochClock));
      }
    } catch (RuntimeException | Error e) {
      free();
      throw e;
    }
  }

  /** From now on frames are kept, and written by a thread of the executor. */
  void start(Executor executor) {
    for (int i = 0; i < points.size(); i++) {
      points.get(i).add(taps.get(i));
    }
    try {
      executor.execute(this::run);
    } catch (RuntimeException | Error e) {
      detach();
      free();
      throw e;
    }
  }

  private void run() {
    thread = Thread.currentThread();
    try {
      PcapngWriter writer = new PcapngWriter(out, options.snapLength(), interfaces());
      untilTheEnd(writer);
      detach();
      while (captured < options.maxPackets() && drain(writer) > 0) {
        // What was kept before the end.
      }
      for (int i = 0; i < taps.size(); i++) {
        writer.statistics(i, statistics(i));
      }
      writer.close();
    } catch (UncheckedIOException e) {
      failure = e.getCause();
    } finally {
      detach();
      free();
      closeOutput();
      atEnd.accept(this);
      ended.countDown();
    }
  }

  private void untilTheEnd(PcapngWriter writer) {
    long begin = System.nanoTime();
    long limit = options.maxDuration().isZero() ? Long.MAX_VALUE : options.maxDuration().toNanos();
    long pause = SHORTEST_PAUSE;
    while (!stopping && captured < options.maxPackets() && System.nanoTime() - begin < limit) {
      if (drain(writer) > 0) {
        pause = SHORTEST_PAUSE;
      } else {
        writer.flush();
        LockSupport.parkNanos(this, Math.min(pause, limit - (System.nanoTime() - begin)));
        pause = Math.min(2 * pause, LONGEST_PAUSE);
      }
    }
  }

  /** Writes some frames, the oldest first; returns how many. */
  private int drain(PcapngWriter writer) {
    int frames = 0;
    while (frames < BATCH && captured < options.maxPackets()) {
      int next = oldest();
      if (next < 0) {
        break;
      }
      CaptureRing ring = taps.get(next).ring();
      writer.write(next, ring.address(), ring.kept(), ring.total(), ring.time(), ring.isOutbound());
      ring.release();
      delivered[next]++;
      captured = captured + 1;
      frames++;
    }
    return frames;
  }

  /** The queue whose first frame is the oldest; -1 when there is none. */
  private int oldest() {
    int oldest = -1;
    for (int i = 0; i < taps.size(); i++) {
      CaptureRing ring = taps.get(i).ring();
      if (ring.hasNext() && (oldest < 0 || ring.time() - taps.get(oldest).ring().time() < 0)) {
        oldest = i;
      }
    }
    return oldest;
  }

  private List<PcapngWriter.Interface> interfaces() {
    String text = options.filter().text();
    List<PcapngWriter.Interface> interfaces = new ArrayList<>();
    for (int i = 0; i < taps.size(); i++) {
      interfaces.add(
          new PcapngWriter.Interface(
              "userstack" + i,
              "queue pair " + i + (text.isEmpty() ? ", all frames" : ", filter: " + text),
              text));
    }
    return interfaces;
  }

  private PcapngWriter.Statistics statistics(int queue) {
    CaptureTap tap = taps.get(queue);
    return new PcapngWriter.Statistics(
        startNanos,
        epochClock.nanoTime(),
        tap.received(),
        tap.accepted(),
        tap.dropped(),
        delivered[queue]);
  }

  private void detach() {
    for (int i = 0; i < points.size(); i++) {
      points.get(i).remove(taps.get(i));
    }
  }

  private void free() {
    taps.forEach(tap -> tap.ring().close());
  }

  private void closeOutput() {
    try {
      out.close();
    } catch (IOException e) {
      failure = failure == null ? e : failure;
    }
  }

  /** Asks for the end: what was kept is still written, and the file is completed. */
  public void stop() {
    stopping = true;
    LockSupport.unpark(thread);
  }

  /** Whether it still runs. */
  public boolean isRunning() {
    return ended.getCount() > 0;
  }

  /** Frames that were written. */
  public long captured() {
    return captured;
  }

  /** Frames that fit the filter and were lost, because writing was too slow for them. */
  public long dropped() {
    long sum = 0;
    for (CaptureTap tap : taps) {
      sum += tap.dropped();
    }
    return sum;
  }

  /** Why it could not be written to its end; empty when it could, or still runs. */
  public Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Waits for the end; returns whether it came in time. */
  public boolean awaitEnd(long timeout, TimeUnit unit) throws InterruptedException {
    return ended.await(timeout, unit);
  }

  /**
   * Stops it and waits until it was written; a minute at most, should its output be stuck. The taps
   * are out of the queues in any case.
   */
  @Override
  public void close() {
    stop();
    detach();
    try {
      ended.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
