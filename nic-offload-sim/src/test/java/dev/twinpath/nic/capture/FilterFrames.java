package dev.twinpath.nic.capture;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.VlanTag;
import java.util.SplittableRandom;

/**
 * Random frames from few addresses, ports and protocols, so that filters find some of them. Every
 * frame is long enough for any header that it announces: libpcap gives a whole filter up at the
 * first load beyond the end.
 */
final class FilterFrames {
  static final int MAX_LENGTH = 1600;

  private static final int[] ADDRESSES = {0x0a000001, 0x0a000002, 0x0a000103, 0xc0a80001};
  private static final int[] PORTS = {22, 80, 443, 8080, 8081, 40000};
  private static final int[] PROTOCOLS = {6, 6, 6, 17, 17, 1, 58, 132, 47};
  private static final int[] TYPES = {0x0806, 0x8035, 0x88cc};
  private static final int[] VLANS = {5, 7, 100};

  private final SplittableRandom random;

  FilterFrames(long seed) {
    random = new SplittableRandom(seed);
  }

  private int pick(int[] from) {
    return from[random.nextInt(from.length)];
  }

  /** Writes a frame with so many VLAN tags; returns its length. */
  int generate(long at, int tags) {
    int length = 200 + random.nextInt(random.nextInt(4) == 0 ? 1400 : 60);
    for (int i = 0; i < length; i++) {
      Memory.putByte(at + i, random.nextInt());
    }
    EthernetHeader.putMac(at, 0x020000000000L | random.nextInt(3));
    EthernetHeader.putMac(at + 6, 0x020000000000L | random.nextInt(3));
    long network = at + EthernetHeader.LENGTH;
    for (int i = 0; i < tags; i++) {
      Memory.putShortBE(network - 2, i == 0 ? VlanTag.TYPE_SERVICE : VlanTag.TYPE_CUSTOMER);
      Memory.putShortBE(network, random.nextInt(16) << 12 | pick(VLANS));
      network += VlanTag.LENGTH;
    }
    int left = (int) (at + length - network);
    switch (random.nextInt(8)) {
      case 0:
        Memory.putShortBE(network - 2, pick(TYPES));
        Memory.putIntBE(network + 14, pick(ADDRESSES));
        Memory.putIntBE(network + 24, pick(ADDRESSES));
        break;
      case 1:
      case 2:
      case 3:
        Memory.putShortBE(network - 2, EthernetHeader.TYPE_IPV6);
        ipv6(network, left);
        break;
      default:
        Memory.putShortBE(network - 2, EthernetHeader.TYPE_IPV4);
        ipv4(network, left);
    }
    return length;
  }

  private void ipv4(long ip, int left) {
    int fragment = random.nextInt(4) == 0 ? pick(new int[] {0x2000, 0x2005, 0x0009}) : 0x4000;
    int total = random.nextInt(8) == 0 ? random.nextInt(65536) : left - random.nextInt(8);
    Ipv4Header.write(
        ip, 0, total, 1, fragment, 64, pick(PROTOCOLS), pick(ADDRESSES), pick(ADDRESSES));
    int words = random.nextInt(3) == 0 ? random.nextInt(16) : 5;
    Memory.putByte(ip, (random.nextInt(12) == 0 ? 0x50 : 0x40) | words);
    // Also where a lying header length says so, the ports are of the few.
    transport(ip + 4L * Math.max(5, words));
  }

  private void ipv6(long ip, int left) {
    int length = random.nextInt(8) == 0 ? random.nextInt(65536) : left - Ipv6Header.LENGTH;
    int next = pick(PROTOCOLS);
    Ipv6Header.write(ip, 0, 0, length, next, 64);
    address6(Ipv6Header.source(ip));
    address6(Ipv6Header.destination(ip));
    transport(ip + Ipv6Header.LENGTH);
    if (random.nextInt(4) == 0) {
      Memory.putByte(ip + 6, 44);
      Memory.putIntBE(ip + Ipv6Header.LENGTH, next << 24 | (1 + random.nextInt(8191)) << 3);
      Memory.putIntBE(ip + Ipv6Header.LENGTH + 4, random.nextInt());
    }
  }

  private void address6(long at) {
    Memory.putLongBE(at, 0xfd00L << 48 | random.nextInt(2));
    Memory.putLongBE(at + 8, 1 + random.nextInt(2));
  }

  private void transport(long at) {
    Memory.putShortBE(at, pick(PORTS));
    Memory.putShortBE(at + 2, pick(PORTS));
    Memory.putByte(at + 12, 0x50);
    Memory.putByte(at + 13, random.nextInt(64));
  }
}
