package dev.twinpath.nic.wire;

/** What one queue of a {@link ReplayWire} did. Written by the queue's thread. */
public final class ReplayCounters {
  long replayedFrames;
  long otherDirection;
  long truncated;
  long otherInterfaces;
  long tooLong;
  long sentFrames;
  long sentBytes;
  long readErrors;

  ReplayCounters() {}

  /** Frames that were given to the NIC. */
  public long replayedFrames() {
    return replayedFrames;
  }

  /** Frames skipped because of their direction. */
  public long otherDirection() {
    return otherDirection;
  }

  /** Frames skipped because their end was not captured. */
  public long truncated() {
    return truncated;
  }

  /** Frames skipped because their interface is no Ethernet. */
  public long otherInterfaces() {
    return otherInterfaces;
  }

  /** Frames longer than the buffer that they were for. */
  public long tooLong() {
    return tooLong;
  }

  /** Frames that the NIC sent. */
  public long sentFrames() {
    return sentFrames;
  }

  public long sentBytes() {
    return sentBytes;
  }

  /** Times that the file could not be read, or turned out malformed: the replay ended there. */
  public long readErrors() {
    return readErrors;
  }
}
