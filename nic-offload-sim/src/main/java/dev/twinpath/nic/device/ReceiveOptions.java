package dev.twinpath.nic.device;

/**
 * What a NIC does to received frames before the host sees them. Immutable; each {@code with} method
 * gives another one.
 */
public final class ReceiveOptions {
  private static final int VLAN_IDS = 4096;
  private static final int DEFAULT_FLOWS = 8;
  private static final int DEFAULT_SEGMENTS = 64;

  private CoalescingMode coalescing = CoalescingMode.AUTO;
  private int coalescedFlows = DEFAULT_FLOWS;
  private int coalescedSegments = DEFAULT_SEGMENTS;
  private long coalescingNanos;
  private boolean vlanStripping;
  private boolean dropWithoutBuffer;

  /** Whether each VLAN id is let in; null for all. */
  private boolean[] vlans;

  private ReceiveOptions() {}

  private ReceiveOptions(ReceiveOptions other) {
    coalescing = other.coalescing;
    coalescedFlows = other.coalescedFlows;
    coalescedSegments = other.coalescedSegments;
    coalescingNanos = other.coalescingNanos;
    vlanStripping = other.vlanStripping;
    dropWithoutBuffer = other.dropWithoutBuffer;
    vlans = other.vlans;
  }

  /**
   * Segments are joined where the wire does not do it, 64 at most of 8 flows at a time, and never
   * kept beyond a batch; tags stay where they are, of every VLAN; frames wait in the wire for a
   * buffer.
   */
  public static ReceiveOptions defaults() {
    return new ReceiveOptions();
  }

  /** The same with segments joined or not. */
  public ReceiveOptions withCoalescing(CoalescingMode mode) {
    ReceiveOptions changed = new ReceiveOptions(this);
    changed.coalescing = mode;
    return changed;
  }

  /**
   * The same with other limits of coalescing.
   *
   * @param flows how many joined packets each queue keeps open at a time, 1 to 64
   * @param segments the most segments of one, 2 to 1024
   * @param nanos how long one waits for more at most, to 1 s; 0 = no longer than the device has
   *     frames to look at
   */
  public ReceiveOptions withCoalescingLimits(int flows, int segments, long nanos) {
    if (flows < 1 || flows > 64) {
      throw new IllegalArgumentException("1 to 64 flows are coalesced at a time, not " + flows);
    }
    if (segments < 2 || segments > 1024) {
      throw new IllegalArgumentException("2 to 1024 segments are coalesced, not " + segments);
    }
    if (nanos < 0 || nanos > 1_000_000_000L) {
      throw new IllegalArgumentException("coalescing waits from 0 to 1 s, not " + nanos + " ns");
    }
    ReceiveOptions changed = new ReceiveOptions(this);
    changed.coalescedFlows = flows;
    changed.coalescedSegments = segments;
    changed.coalescingNanos = nanos;
    return changed;
  }

  /** The same with outer tags (IEEE 802.1Q) taken off into the completion, or left in the frame. */
  public ReceiveOptions withVlanStripping(boolean on) {
    ReceiveOptions changed = new ReceiveOptions(this);
    changed.vlanStripping = on;
    return changed;
  }

  /**
   * The same with only these VLANs let in; frames without a tag, or with one that tells a priority
   * only (id 0), always are.
   *
   * @param ids 1 to 4094 each
   */
  public ReceiveOptions withVlanFilter(int... ids) {
    ReceiveOptions changed = new ReceiveOptions(this);
    changed.vlans = new boolean[VLAN_IDS];
    changed.vlans[0] = true;
    for (int id : ids) {
      if (id < 1 || id > 4094) {
        throw new IllegalArgumentException("a VLAN's id is from 1 to 4094, not " + id);
      }
      changed.vlans[id] = true;
    }
    return changed;
  }

  /**
   * The same with another answer to a host that posts no buffers: as hardware does it, frames are
   * taken from the wire and dropped, counted; or they wait in the wire, and nothing is lost as long
   * as that has room.
   */
  public ReceiveOptions withDropWithoutBuffer(boolean drop) {
    ReceiveOptions changed = new ReceiveOptions(this);
    changed.dropWithoutBuffer = drop;
    return changed;
  }

  /** Whether segments are joined. */
  public CoalescingMode coalescing() {
    return coalescing;
  }

  /** Joined packets that are open at a time. */
  public int coalescedFlows() {
    return coalescedFlows;
  }

  /** The most segments of one. */
  public int coalescedSegments() {
    return coalescedSegments;
  }

  /** How long one waits for more, in nanoseconds. */
  public long coalescingNanos() {
    return coalescingNanos;
  }

  /** Whether outer tags are taken off. */
  public boolean vlanStripping() {
    return vlanStripping;
  }

  /** Whether frames for which there is no buffer are dropped. */
  public boolean dropWithoutBuffer() {
    return dropWithoutBuffer;
  }

  /**
   * Whether a frame is let in.
   *
   * @param control its outer tag's control information, or -1 without one
   */
  public boolean admits(int control) {
    return vlans == null || control < 0 || vlans[control & VLAN_IDS - 1];
  }
}
