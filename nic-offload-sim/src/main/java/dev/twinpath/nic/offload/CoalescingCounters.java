package dev.twinpath.nic.offload;

/** What receive coalescing counted. One writer; others read values that may be a little old. */
public final class CoalescingCounters {
  final long[] flushes = new long[FlushCause.values().length];
  long segments;
  long packets;
  long copiedBytes;
  long abandoned;

  /** Segments that became part of a joined packet, the first of each included. */
  public long segments() {
    return segments;
  }

  /** Joined packets: of two segments or more. */
  public long packets() {
    return packets;
  }

  /**
   * Payload bytes that the device moved behind earlier ones: in hardware they would have gone there
   * at once.
   */
  public long copiedBytes() {
    return copiedBytes;
  }

  /** Packets lost under way because the host took their buffer's memory away. */
  public long abandoned() {
    return abandoned;
  }

  /** Packets that went to the host, joined or not, by cause. */
  public long flushes(FlushCause cause) {
    return flushes[cause.ordinal()];
  }
}
