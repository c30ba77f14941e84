package dev.twinpath.nic.offload;

/** What the NIC found out about a received frame: bits of a completion's flags. */
public final class ReceiveFlags {
  /** The IP header is well-formed and, for IPv4, its checksum is right. */
  public static final int L3_OK = 1;

  /** The TCP or UDP checksum is right, or the wire vouches for it. */
  public static final int L4_OK = 2;

  /** The IP header is malformed, cut short, or its checksum is wrong. */
  public static final int L3_BAD = 4;

  /** The TCP or UDP checksum is wrong. */
  public static final int L4_BAD = 8;

  /** The NIC cannot say: no TCP or UDP, a fragment, or UDP without a checksum. */
  public static final int L4_UNCHECKED = 16;

  /** The NIC joined several TCP segments; the completion tells how many, and of what size. */
  public static final int COALESCED = 32;

  /** The outer VLAN tag was taken off and is in the completion. */
  public static final int VLAN_STRIPPED = 64;

  /** The tag is that of a listener, not of a flow. */
  public static final int LISTENER = 1 << 8;

  /** An n-tuple rule sent the frame to the exception queue. */
  public static final int EXCEPTION = 1 << 9;

  /**
   * A copy of a frame that every queue's host gets, such as an ARP request: to be learnt from and
   * not to be answered, because another queue's host has the one that is.
   */
  public static final int REPLICA = 1 << 10;

  private ReceiveFlags() {}
}
