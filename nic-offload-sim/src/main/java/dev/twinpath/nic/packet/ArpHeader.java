package dev.twinpath.nic.packet;

/** An ARP packet for IPv4 over Ethernet (RFC 826) in memory. */
public final class ArpHeader {
  public static final int LENGTH = 28;
  public static final int REQUEST = 1;
  public static final int REPLY = 2;

  private static final int HARDWARE_ETHERNET = 1;
  private static final int LENGTHS_6_4 = 0x0604;

  private ArpHeader() {}

  /** Whether the packet speaks of IPv4 over Ethernet; the caller has checked {@link #LENGTH}. */
  public static boolean isIpv4OverEthernet(long address) {
    return Memory.getShortBE(address) == HARDWARE_ETHERNET
        && Memory.getShortBE(address + 2) == EthernetHeader.TYPE_IPV4
        && Memory.getShortBE(address + 4) == LENGTHS_6_4;
  }

  public static int operation(long address) {
    return Memory.getShortBE(address + 6);
  }

  public static long senderMac(long address) {
    return EthernetHeader.mac(address + 8);
  }

  public static int senderAddress(long address) {
    return Memory.getIntBE(address + 14);
  }

  public static long targetMac(long address) {
    return EthernetHeader.mac(address + 18);
  }

  public static int targetAddress(long address) {
    return Memory.getIntBE(address + 24);
  }

  /** Writes the whole packet. */
  public static void write(
      long address,
      int operation,
      long senderMac,
      int senderAddress,
      long targetMac,
      int targetAddress) {
    Memory.putShortBE(address, HARDWARE_ETHERNET);
    Memory.putShortBE(address + 2, EthernetHeader.TYPE_IPV4);
    Memory.putShortBE(address + 4, LENGTHS_6_4);
    Memory.putShortBE(address + 6, operation);
    EthernetHeader.putMac(address + 8, senderMac);
    Memory.putIntBE(address + 14, senderAddress);
    EthernetHeader.putMac(address + 18, targetMac);
    Memory.putIntBE(address + 24, targetAddress);
  }
}
