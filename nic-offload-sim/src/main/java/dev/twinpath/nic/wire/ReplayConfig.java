package dev.twinpath.nic.wire;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How a {@link ReplayWire} plays a capture. Immutable; each {@code with} method gives another one.
 *
 * @param file a pcapng or pcap file
 * @param speed 1 for the recorded times, 2 for twice as fast; 0 for as fast as the NIC takes frames
 * @param frames which of the file's frames
 * @param rounds how often the file is played, at least 1; a round begins with the last frame of the
 *     one before
 * @param queues of the wire, 1 to 256
 * @param spread whether each pair of network addresses has its queue; otherwise all frames are for
 *     queue 0
 * @param recording where the frames that the NIC sends are written; not closed
 */
public record ReplayConfig(
    Path file,
    double speed,
    Frames frames,
    int rounds,
    int queues,
    boolean spread,
    Optional<PcapngWriter> recording) {
  /** Which of a file's frames are played. */
  public enum Frames {
    /** Those that were received, and those of which nobody said. */
    RECEIVED,
    /** Those that were sent. */
    SENT,
    ALL
  }

  public ReplayConfig {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(frames, "frames");
    Objects.requireNonNull(recording, "recording");
    if (!(speed >= 0 && speed <= 1e9)) {
      throw new IllegalArgumentException("a speed is from 0 to 1e9, not " + speed);
    }
    if (rounds < 1) {
      throw new IllegalArgumentException("a capture is played once or more, not " + rounds);
    }
    if (queues < 1 || queues > 256) {
      throw new IllegalArgumentException("a wire has 1 to 256 queues, not " + queues);
    }
  }

  /** Once, by the recorded times, what was received, to one queue. */
  public static ReplayConfig of(Path file) {
    return new ReplayConfig(file, 1, Frames.RECEIVED, 1, 1, true, Optional.empty());
  }

  public ReplayConfig withSpeed(double value) {
    return new ReplayConfig(file, value, frames, rounds, queues, spread, recording);
  }

  public ReplayConfig withFrames(Frames value) {
    return new ReplayConfig(file, speed, value, rounds, queues, spread, recording);
  }

  public ReplayConfig withRounds(int value) {
    return new ReplayConfig(file, speed, frames, value, queues, spread, recording);
  }

  /** So many queues, each with its address pairs or queue 0 with all. */
  public ReplayConfig withQueues(int value, boolean spreadFrames) {
    return new ReplayConfig(file, speed, frames, rounds, value, spreadFrames, recording);
  }

  public ReplayConfig withRecording(PcapngWriter writer) {
    return new ReplayConfig(file, speed, frames, rounds, queues, spread, Optional.of(writer));
  }
}
