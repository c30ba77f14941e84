package dev.twinpath.nic.packet;

/** An IEEE 802.1Q tag: it stands between the MAC addresses and the frame's real type. */
public final class VlanTag {
  public static final int LENGTH = 4;

  /** IEEE 802.1Q, a customer's tag. */
  public static final int TYPE_CUSTOMER = 0x8100;

  /** IEEE 802.1ad, a service provider's tag; a customer's may follow. */
  public static final int TYPE_SERVICE = 0x88a8;

  private VlanTag() {}

  /** Whether an Ethernet type announces a tag. */
  public static boolean isTag(int type) {
    return type == TYPE_CUSTOMER || type == TYPE_SERVICE;
  }

  /** The tag's control information: priority(3 bits), drop eligible(1), VLAN id(12). */
  public static int control(long typeAddress) {
    return Memory.getShortBE(typeAddress + 2);
  }
}
