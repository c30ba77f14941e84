package dev.twinpath.nic.offload;

/** What the NIC found when it checked a received frame: bits of a completion's flags. */
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

  private ReceiveFlags() {}
}
