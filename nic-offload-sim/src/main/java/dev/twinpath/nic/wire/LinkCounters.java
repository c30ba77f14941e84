package dev.twinpath.nic.wire;

/**
 * What one queue of a {@link LinkWire} saw. Written by the queue's thread. Frames are counted as
 * the line carries them: an uncut one as the frames that it becomes.
 */
public final class LinkCounters {
  long sentFrames;
  long sentLineBytes;
  long wireDrops;
  long receivedFrames;
  long deliveredFrames;
  long fifoDrops;
  long mtuDrops;
  long refused;
  long backPressure;
  long pauseSent;
  long pauseReceived;
  long pausedNanos;

  LinkCounters() {}

  /** Frames that reached the far end of the line; pause frames are not among them. */
  public long sentFrames() {
    return sentFrames;
  }

  /** Their bytes on the line: preamble, padding, check sequence and gap included. */
  public long sentLineBytes() {
    return sentLineBytes;
  }

  /** Frames that the inner wire dropped at the far end. */
  public long wireDrops() {
    return wireDrops;
  }

  /** Frames that came off the line, whatever became of them. */
  public long receivedFrames() {
    return receivedFrames;
  }

  /** Frames that were written into the host's buffers. */
  public long deliveredFrames() {
    return deliveredFrames;
  }

  /** Frames lost because no descriptor was posted and the receive FIFO was full. */
  public long fifoDrops() {
    return fifoDrops;
  }

  /** Frames of either direction lost because they were longer than the MTU allows. */
  public long mtuDrops() {
    return mtuDrops;
  }

  /**
   * Frames of either direction refused: an offload context that makes no sense, a MAC control frame
   * that the host sent (it could stop its peer), or one that came with an unknown meaning.
   */
  public long refused() {
    return refused;
  }

  /** Times that a frame found the transmit FIFO full. */
  public long backPressure() {
    return backPressure;
  }

  /** Pause frames sent: those that stop, those that let go on. */
  public long pauseSent() {
    return pauseSent;
  }

  /** Pause frames received; obeyed where the model says so. */
  public long pauseReceived() {
    return pauseReceived;
  }

  /** For how long pause frames that this queue received stopped the line of all queues. */
  public long pausedNanos() {
    return pausedNanos;
  }
}
