package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.PcapngWriter;
import java.time.Duration;

/**
 * What a capture keeps, and until when.
 *
 * @param filter which frames
 * @param snapLength bytes of each frame that are kept, 1 to {@link PcapngWriter#MAX_SNAP_LENGTH}
 * @param maxPackets frames after which the capture ends by itself, at least 1
 * @param maxDuration time after which it ends by itself; zero for never
 * @param ringBytes memory of each queue for frames that are not written yet, a power of two
 */
public record CaptureOptions(
    CaptureFilter filter, int snapLength, long maxPackets, Duration maxDuration, int ringBytes) {
  private static final int RING_BYTES = 4 << 20;

  /** Checks the ranges. */
  public CaptureOptions {
    if (snapLength < 1 || snapLength > PcapngWriter.MAX_SNAP_LENGTH) {
      throw new IllegalArgumentException(
          "the snap length is 1 to " + PcapngWriter.MAX_SNAP_LENGTH + ", not " + snapLength);
    }
    if (maxPackets < 1) {
      throw new IllegalArgumentException("at least one packet, not " + maxPackets);
    }
    if (maxDuration.isNegative()) {
      throw new IllegalArgumentException("the duration must not be negative: " + maxDuration);
    }
  }

  /** Everything that fits, whole, until it is stopped. */
  public static CaptureOptions of(CaptureFilter filter) {
    return new CaptureOptions(
        filter, PcapngWriter.MAX_SNAP_LENGTH, Long.MAX_VALUE, Duration.ZERO, RING_BYTES);
  }

  public CaptureOptions withSnapLength(int bytes) {
    return new CaptureOptions(filter, bytes, maxPackets, maxDuration, ringBytes);
  }

  public CaptureOptions withMaxPackets(long packets) {
    return new CaptureOptions(filter, snapLength, packets, maxDuration, ringBytes);
  }

  public CaptureOptions withMaxDuration(Duration duration) {
    return new CaptureOptions(filter, snapLength, maxPackets, duration, ringBytes);
  }

  public CaptureOptions withRingBytes(int bytes) {
    return new CaptureOptions(filter, snapLength, maxPackets, maxDuration, bytes);
  }
}
