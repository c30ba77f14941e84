package dev.twinpath.nic.packet;

/** An Ethernet II header in memory. MAC addresses are the low 48 bits of a long. */
public final class EthernetHeader {
  public static final int LENGTH = 14;
  public static final int TYPE_IPV4 = 0x0800;
  public static final int TYPE_ARP = 0x0806;
  public static final int TYPE_IPV6 = 0x86dd;
  public static final int TYPE_VLAN = 0x8100;
  public static final long BROADCAST = 0xffff_ffff_ffffL;

  private static final int DESTINATION = 0;
  private static final int SOURCE = 6;
  private static final int TYPE = 12;

  private EthernetHeader() {}

  public static long destination(long address) {
    return mac(address + DESTINATION);
  }

  public static long source(long address) {
    return mac(address + SOURCE);
  }

  public static int type(long address) {
    return Memory.getShortBE(address + TYPE);
  }

  /** Writes the whole header. */
  public static void write(long address, long destination, long source, int type) {
    putMac(address + DESTINATION, destination);
    putMac(address + SOURCE, source);
    Memory.putShortBE(address + TYPE, type);
  }

  /** Reads six bytes as a MAC address. */
  public static long mac(long address) {
    return (long) Memory.getShortBE(address) << 32 | (Memory.getIntBE(address + 2) & 0xffffffffL);
  }

  /** Writes a MAC address as six bytes. */
  public static void putMac(long address, long mac) {
    Memory.putShortBE(address, (int) (mac >>> 32));
    Memory.putIntBE(address + 2, (int) mac);
  }

  /** Whether a MAC address is of a group (broadcast or multicast). */
  public static boolean isGroup(long mac) {
    return (mac >>> 40 & 1) != 0;
  }

  /** Formats a MAC address as {@code 02:00:00:00:00:01}. */
  public static String format(long mac) {
    StringBuilder text = new StringBuilder(17);
    for (int shift = 40; shift >= 0; shift -= 8) {
      int octet = (int) (mac >>> shift) & 0xff;
      text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
      if (shift > 0) {
        text.append(':');
      }
    }
    return text.toString();
  }
}
