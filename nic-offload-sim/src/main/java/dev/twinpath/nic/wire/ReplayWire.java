package dev.twinpath.nic.wire;

import java.io.IOException;
import java.util.Optional;

/**
 * A wire on which a capture is played: its frames come in at their recorded times, by the given
 * clock, and what the NIC sends is counted and perhaps recorded.
 *
 * <p>Each queue reads the file for itself and passes over the frames of other queues, so that
 * queues share nothing. Reading happens on the queue's thread: it is for looking, not for speed. A
 * file that turns out malformed on the way ends the replay, see {@link #failure}.
 *
 * <p>Frames come as they are in the file, without offload context: one that was captured before its
 * checksum was completed has a bad one.
 */
public final class ReplayWire implements Wire {
  private static final int MAX_FRAME = 65535 + 14;

  private final ReplayQueue[] queues;
  private boolean closed;

  /**
   * Opens a capture; the replay begins now.
   *
   * @throws IOException if the file cannot be read, or is no capture
   */
  public ReplayWire(ReplayConfig config, NanoClock clock) throws IOException {
    queues = new ReplayQueue[config.queues()];
    long begin = clock.nanoTime();
    try {
      for (int i = 0; i < queues.length; i++) {
        queues[i] = new ReplayQueue(config, i, clock, begin);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Every offload: nothing is done with what is sent. */
  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.all(MAX_FRAME);
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
  }

  /** What a queue did. */
  public ReplayCounters counters(int queue) {
    return queues[queue].counters();
  }

  /** Whether a queue has given all its frames. By the queue's thread. */
  public boolean isFinished(int queue) {
    return queues[queue].isFinished();
  }

  /** Why a queue's replay ended early, if it did. By the queue's thread. */
  public Optional<IOException> failure(int queue) {
    return queues[queue].failure();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (ReplayQueue queue : queues) {
      if (queue != null) {
        queue.close();
      }
    }
  }
}
