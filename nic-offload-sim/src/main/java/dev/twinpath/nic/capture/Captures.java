package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.NanoClock;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The captures of one NIC: up to {@link #MAX} at the same time. Safe from any thread. */
public final class Captures implements AutoCloseable {
  /** Every frame is looked at by each of them, on the queue's thread: a small number. */
  public static final int MAX = 4;

  private final List<CapturePoint> points;
  private final NanoClock epochClock;
  private final List<Capture> running = new ArrayList<>();
  private boolean closed;

  /** There are as many captures possible as there are points, each over all of them. */
  public Captures(List<CapturePoint> points) {
    this(points, epochClock());
  }

  /** The same with another clock, which counts from 1970. */
  public Captures(List<CapturePoint> points, NanoClock epochClock) {
    this.points = List.copyOf(points);
    this.epochClock = epochClock;
  }

  private static NanoClock epochClock() {
    long offset = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
    return () -> offset + System.nanoTime();
  }

  /**
   * Starts a capture.
   *
   * @param out where the pcapng goes; the capture closes it at its end
   * @param executor gives a thread for the whole time of the capture
   * @throws TooManyCapturesException when {@link #MAX} run already; {@code out} is untouched
   */
  public Capture start(CaptureOptions options, WritableByteChannel out, Executor executor) {
    synchronized (running) {
      if (closed) {
        throw new IllegalStateException("the NIC is closed");
      }
      if (running.size() >= MAX) {
        throw new TooManyCapturesException(
            MAX + " captures run already; stop one of them, or wait for its end");
      }
      Capture capture = new Capture(points, options, out, epochClock, this::ended);
      capture.start(executor);
      running.add(capture);
      return capture;
    }
  }

  private void ended(Capture capture) {
    synchronized (running) {
      running.remove(capture);
    }
  }

  /** How many run. */
  public int running() {
    synchronized (running) {
      return running.size();
    }
  }

  /** Ends all captures, and waits for what they still write. */
  @Override
  public void close() {
    List<Capture> left;
    synchronized (running) {
      closed = true;
      left = List.copyOf(running);
    }
    left.forEach(Capture::stop);
    left.forEach(Capture::close);
  }
}
