package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.CompletionWriter;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveCompletion;

/** The device's side of a receive completion ring: written one by one, published in batches. */
final class ReceiveCompletions implements CompletionWriter {
  private final DescriptorRing ring;
  private final NicCounters counters;
  private long completed;
  private long published;

  ReceiveCompletions(DescriptorRing ring, NicCounters counters) {
    this.ring = ring;
    this.counters = counters;
  }

  /** How many completions the host's ring has room for. */
  long room() {
    return ring.capacity() - (completed - ring.consumed());
  }

  @Override
  public void refuse(int bufferId) {
    write(bufferId, 0, 0, -1, 0, 0, 0, 0, 0);
  }

  @Override
  public void write(
      int bufferId,
      int length,
      int flags,
      int flowTag,
      int rssHash,
      int vlan,
      int headerLength,
      int segments,
      int segmentSize) {
    ReceiveCompletion.write(
        ring.entry(completed),
        bufferId,
        length,
        flags,
        flowTag,
        rssHash,
        vlan,
        headerLength,
        segments,
        segmentSize);
    completed++;
    counters.receiveCompletions++;
  }

  /** Shows the host what was written; returns how many completions are new. */
  int publish() {
    int fresh = (int) (completed - published);
    if (fresh > 0) {
      published = completed;
      ring.publish(completed);
    }
    return fresh;
  }
}
