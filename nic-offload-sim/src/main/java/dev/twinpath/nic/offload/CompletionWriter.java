package dev.twinpath.nic.offload;

/** Where packets go that are done: see {@link dev.twinpath.nic.ring.ReceiveCompletion}. */
public interface CompletionWriter {
  /** Gives a packet to the host. */
  void write(
      int bufferId,
      int length,
      int flags,
      int flowTag,
      int rssHash,
      int vlan,
      int headerLength,
      int segments,
      int segmentSize);

  /** Gives a buffer back empty. */
  void refuse(int bufferId);
}
