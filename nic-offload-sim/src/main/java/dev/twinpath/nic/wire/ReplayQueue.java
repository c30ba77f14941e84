package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** One queue of a {@link ReplayWire}. */
final class ReplayQueue implements WireQueue {
  private final ReplayConfig config;
  private final int index;
  private final NanoClock clock;
  private final long begin;
  private final ReplayCounters counters = new ReplayCounters();
  private final ParsedPacket parsed = new ParsedPacket();

  private PcapngReader reader;
  private Optional<IOException> failure = Optional.empty();
  private boolean finished;
  private boolean recordingFailed;

  /** Whether the reader stands at a frame of this queue that was not given yet. */
  private boolean pending;

  private long due;
  private int round = 1;

  /** Time of the file's first frame that is played, and of the last one looked at. */
  private long firstEpoch;

  private long lastEpoch;
  private boolean anyFrame;

  /** Nanoseconds of the rounds before, by the file's clock. */
  private long earlierRounds;

  ReplayQueue(ReplayConfig config, int index, NanoClock clock, long begin) throws IOException {
    this.config = config;
    this.index = index;
    this.clock = clock;
    this.begin = begin;
    this.reader = new PcapngReader(config.file());
  }

  ReplayCounters counters() {
    return counters;
  }

  Optional<IOException> failure() {
    return failure;
  }

  boolean isFinished() {
    return !lookAhead();
  }

  /** Goes to this queue's next frame; false at the end of all rounds. */
  private boolean lookAhead() {
    if (pending || finished) {
      return pending;
    }
    try {
      while (!pending && !finished) {
        if (!reader.next()) {
          endRound();
        } else if (isPlayed()) {
          if (!anyFrame) {
            anyFrame = true;
            firstEpoch = reader.epochNanos();
          }
          lastEpoch = reader.epochNanos();
          pending = queueOf() == index;
        }
      }
    } catch (IOException e) {
      failure = Optional.of(e);
      counters.readErrors++;
      countSkipped();
      finished = true;
    }
    if (pending) {
      long offset = earlierRounds + (lastEpoch - firstEpoch);
      due = begin + (config.speed() == 0 ? 0 : (long) (offset / config.speed()));
    }
    return pending;
  }

  private void countSkipped() {
    counters.truncated += reader.truncated();
    counters.otherInterfaces += reader.otherInterfaces();
  }

  private void endRound() throws IOException {
    countSkipped();
    reader.close();
    if (round == config.rounds() || !anyFrame) {
      finished = true;
      return;
    }
    round++;
    earlierRounds += lastEpoch - firstEpoch;
    reader = new PcapngReader(config.file());
  }

  private boolean isPlayed() {
    boolean sent = reader.direction() == PcapngReader.DIRECTION_SENT;
    boolean played =
        config.frames() == ReplayConfig.Frames.ALL
            || sent == (config.frames() == ReplayConfig.Frames.SENT);
    counters.otherDirection += played ? 0 : 1;
    return played;
  }

  /** The same for both directions of a conversation, and for all fragments of a packet. */
  private int queueOf() {
    if (config.queues() == 1 || !config.spread()) {
      return 0;
    }
    parsed.parse(reader.address(), reader.length());
    long hash;
    if (parsed.isIpv4()) {
      hash = parsed.source4() ^ parsed.destination4();
    } else if (parsed.isIpv6()) {
      hash =
          Memory.getLong(parsed.source6())
              ^ Memory.getLong(parsed.source6() + 8)
              ^ Memory.getLong(parsed.destination6())
              ^ Memory.getLong(parsed.destination6() + 8);
    } else if (reader.length() >= EthernetHeader.LENGTH) {
      hash = EthernetHeader.source(reader.address()) ^ EthernetHeader.destination(reader.address());
    } else {
      return 0;
    }
    // Fibonacci hashing: the high bits of the product depend on all of the addresses'.
    return (int) ((hash * 0x9e3779b97f4a7c15L >>> 33) % config.queues());
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    if (!lookAhead() || due - clock.nanoTime() > 0) {
      return 0;
    }
    pending = false;
    int length = reader.length();
    if (length > capacity) {
      counters.tooLong++;
      return -Errno.EMSGSIZE;
    }
    context.clear();
    Memory.copy(reader.address(), address, length);
    counters.replayedFrames++;
    return length;
  }

  @Override
  public int transmit(Frame frame) {
    if (config.recording().isPresent() && !recordingFailed) {
      try {
        long epoch = firstEpoch + (clock.nanoTime() - begin);
        config.recording().get().write(frame, epoch, true);
      } catch (UncheckedIOException e) {
        // As a capture: the recording ends, and the traffic goes on.
        recordingFailed = true;
      }
    }
    counters.sentFrames++;
    counters.sentBytes += frame.totalLength();
    return 0;
  }

  @Override
  public int pollableFd() {
    return -1;
  }

  @Override
  public boolean armInterrupt() {
    return !lookAhead() || due - clock.nanoTime() > 0;
  }

  @Override
  public void disarmInterrupt() {}

  @Override
  public long nextDeadlineNanos() {
    return lookAhead() ? due : Long.MAX_VALUE;
  }

  void close() {
    try {
      reader.close();
    } catch (IOException e) {
      failure = Optional.of(e);
    }
  }
}
