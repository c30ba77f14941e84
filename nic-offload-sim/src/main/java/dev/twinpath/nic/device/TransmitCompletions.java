package dev.twinpath.nic.device;

import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitCompletion;

/**
 * The completions of a transmit ring, which the host sees in ring order also where packets that
 * wait for their launch time are done after those behind them: each packet has a number and an
 * entry of its own, and shown are those before the first that is open.
 */
final class TransmitCompletions {
  private final DescriptorRing ring;
  private final DescriptorRing completions;
  private final LaunchTimes launches;
  private final NicCounters counters;

  /** Packets that have a number. */
  private long accepted;

  /** Packets that are done, without a gap. */
  private long completed;

  private long published;

  TransmitCompletions(
      DescriptorRing ring, DescriptorRing completions, LaunchTimes launches, NicCounters counters) {
    this.ring = ring;
    this.completions = completions;
    this.launches = launches;
    this.counters = counters;
  }

  /** Packets that may still get a number; not trusting what the host says that it took. */
  long room() {
    return completions.capacity() - Math.max(accepted - completions.consumed(), open());
  }

  private long open() {
    return accepted - completed;
  }

  /** Gives a packet its number. */
  long accept() {
    return accepted++;
  }

  /** The packet with a number is done, and not among those that wait any more. */
  void complete(long number, long cookie, long next, int status) {
    TransmitCompletion.write(completions.entry(number), cookie, next, status);
    long before = completed;
    if (launches.isEmpty()) {
      completed = accepted;
    } else {
      while (completed < accepted && !launches.isOpen(completed)) {
        completed++;
      }
    }
    counters.transmitCompletions += completed - before;
  }

  /**
   * Shows the host what is done.
   *
   * @param head the position up to which descriptors were looked at
   */
  void publish(long head) {
    if (published != completed) {
      published = completed;
      ring.consume(open() == 0 ? head : launches.positionOf(completed));
      completions.publish(completed);
    }
  }
}
