package dev.twinpath.nic.wire.xdp;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Which frames of an interface go to the wire; all others go on to the kernel as if the wire were
 * not there (the exception port). Immutable.
 *
 * <ul>
 *   <li>{@link #everything}: the wire has the interface for itself.
 *   <li>{@link #toAddresses}: all that is sent to the stack's own addresses, and the ARP (RFC 826)
 *       and neighbour discovery (RFC 4861) that ask for them or answer to them.
 *   <li>{@link #withPorts}: the kernel has the same addresses, and the wire gets only TCP and UDP
 *       for these destination ports. ARP, neighbour discovery, ICMP and all fragments (only the
 *       first of which has ports) are the kernel's: a redirected frame cannot also be copied to it.
 *       So the stack can neither ask for a neighbour's MAC nor learn a path's MTU there; it must
 *       answer to the MAC that a frame came from, or be told its neighbours.
 * </ul>
 *
 * <p>Frames with a VLAN tag are always the kernel's.
 */
public final class XdpSteering {
  /**
   * A range of destination ports.
   *
   * @param first 1 to 65535
   * @param last not below first
   */
  public record Ports(int first, int last) {
    public Ports {
      if (first < 1 || last < first || last > 65535) {
        throw new IllegalArgumentException("no range of ports: " + first + " to " + last);
      }
    }
  }

  private static final int MAX_ADDRESSES = 64;
  private static final int MAX_PORTS = 64;

  private final boolean everything;
  private final List<Integer> addresses4;
  private final List<byte[]> addresses6;
  private final List<Ports> ports;

  private XdpSteering(
      boolean everything, List<Integer> addresses4, List<byte[]> addresses6, List<Ports> ports) {
    this.everything = everything;
    this.addresses4 = addresses4;
    this.addresses6 = addresses6;
    this.ports = ports;
  }

  /** All frames: the kernel sees none. */
  public static XdpSteering everything() {
    return new XdpSteering(true, List.of(), List.of(), List.of());
  }

  /**
   * The stack's own addresses, IPv4 and IPv6.
   *
   * @throws IllegalArgumentException without any, or with more than 64
   */
  public static XdpSteering toAddresses(List<InetAddress> addresses) {
    if (addresses.isEmpty() || addresses.size() > MAX_ADDRESSES) {
      throw new IllegalArgumentException(
          "frames are steered to 1 to " + MAX_ADDRESSES + " addresses, not " + addresses.size());
    }
    List<Integer> v4 = new ArrayList<>();
    List<byte[]> v6 = new ArrayList<>();
    for (InetAddress address : addresses) {
      byte[] bytes = address.getAddress();
      if (address instanceof Inet4Address) {
        v4.add(word(bytes, 0));
      } else {
        v6.add(bytes);
      }
    }
    return new XdpSteering(false, List.copyOf(v4), List.copyOf(v6), List.of());
  }

  /**
   * The same for these destination ports only: the kernel keeps the addresses.
   *
   * @throws IllegalArgumentException without any, or with more than 64 ranges
   */
  public XdpSteering withPorts(List<Ports> ranges) {
    if (everything || ranges.isEmpty() || ranges.size() > MAX_PORTS) {
      throw new IllegalArgumentException(
          "addresses are shared by 1 to " + MAX_PORTS + " ranges of ports, not " + ranges.size());
    }
    return new XdpSteering(false, addresses4, addresses6, List.copyOf(ranges));
  }

  boolean isEverything() {
    return everything;
  }

  /** Whether the kernel has the same addresses. */
  public boolean isShared() {
    return !ports.isEmpty();
  }

  /** IPv4 addresses, the first byte on the wire as the most significant. */
  List<Integer> addresses4() {
    return addresses4;
  }

  /** IPv6 addresses of 16 bytes. */
  List<byte[]> addresses6() {
    return addresses6;
  }

  List<Ports> ports() {
    return ports;
  }

  static int word(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }
}
