package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An n-tuple rule: which packets, and what becomes of them; what {@code ethtool -N DEV flow-type}
 * configures. A field that is not set matches everything. Immutable; each method gives another
 * rule.
 *
 * <p>Ports match TCP and UDP alone, and never fragments, which have none.
 */
public final class SteeringRule {
  private static final int ANY = -1;
  private static final int MAX_PORT = 65535;
  private static final int VLAN_ID = 0xfff;

  private final SteeringAction action;
  private int priority;
  private int etherType = ANY;
  private int vlan = ANY;
  private int protocol = ANY;
  private AddressPrefix source = AddressPrefix.ANY;
  private AddressPrefix destination = AddressPrefix.ANY;
  private int sourceLow;
  private int sourceHigh = MAX_PORT;
  private int destinationLow;
  private int destinationHigh = MAX_PORT;
  private boolean ports;

  private SteeringRule(SteeringAction action) {
    this.action = action;
  }

  private SteeringRule(SteeringRule other) {
    action = other.action;
    priority = other.priority;
    etherType = other.etherType;
    vlan = other.vlan;
    protocol = other.protocol;
    source = other.source;
    destination = other.destination;
    sourceLow = other.sourceLow;
    sourceHigh = other.sourceHigh;
    destinationLow = other.destinationLow;
    destinationHigh = other.destinationHigh;
    ports = other.ports;
  }

  /** A prefix of addresses of either family; its first 16 bytes count as two words. */
  private record AddressPrefix(int family, long high, long low, long highMask, long lowMask) {
    static final AddressPrefix ANY = new AddressPrefix(0, 0, 0, 0, 0);

    static AddressPrefix of(InetAddress address, int length) {
      byte[] bytes = address.getAddress();
      if (length < 0 || length > 8 * bytes.length) {
        throw new IllegalArgumentException(
            "a prefix of " + address.getHostAddress() + " cannot have " + length + " bits");
      }
      ByteBuffer padded = ByteBuffer.allocate(16).put(bytes).rewind();
      long highMask = mask(Math.min(length, 64));
      long lowMask = mask(Math.max(0, length - 64));
      return new AddressPrefix(
          bytes.length == 4 ? 4 : 6,
          padded.getLong() & highMask,
          padded.getLong() & lowMask,
          highMask,
          lowMask);
    }

    private static long mask(int bits) {
      return bits == 0 ? 0 : -1L << 64 - bits;
    }

    boolean matches4(int address) {
      return family == 0 || family == 4 && ((long) address << 32 & highMask) == high;
    }

    boolean matches6(long address) {
      return family == 0
          || family == 6
              && (Memory.getLongBE(address) & highMask) == high
              && (Memory.getLongBE(address + 8) & lowMask) == low;
    }
  }

  /** A rule that matches every packet. */
  public static SteeringRule all(SteeringAction action) {
    return new SteeringRule(action);
  }

  /** Rules are looked at from the lowest number on; of one number, the older first. 0 if unset. */
  public SteeringRule priority(int number) {
    SteeringRule changed = new SteeringRule(this);
    changed.priority = number;
    return changed;
  }

  /** The Ethernet type after VLAN tags, 0 to 0xffff. */
  public SteeringRule etherType(int type) {
    check("an Ethernet type", type, 0xffff);
    SteeringRule changed = new SteeringRule(this);
    changed.etherType = type;
    return changed;
  }

  /** The outermost tag's VLAN, 0 to 4095; packets without a tag do not match. */
  public SteeringRule vlan(int id) {
    check("a VLAN", id, VLAN_ID);
    SteeringRule changed = new SteeringRule(this);
    changed.vlan = id;
    return changed;
  }

  /** The transport protocol, 0 to 255, of IPv4 or IPv6. */
  public SteeringRule protocol(int number) {
    check("a protocol", number, 255);
    SteeringRule changed = new SteeringRule(this);
    changed.protocol = number;
    return changed;
  }

  /** The source address's first bits; an IPv4 address matches IPv4 packets only, and so on. */
  public SteeringRule source(InetAddress address, int prefixLength) {
    SteeringRule changed = new SteeringRule(this);
    changed.source = AddressPrefix.of(address, prefixLength);
    return changed.checkFamilies();
  }

  /** The destination address's first bits. */
  public SteeringRule destination(InetAddress address, int prefixLength) {
    SteeringRule changed = new SteeringRule(this);
    changed.destination = AddressPrefix.of(address, prefixLength);
    return changed.checkFamilies();
  }

  private SteeringRule checkFamilies() {
    if (source.family != 0 && destination.family != 0 && source.family != destination.family) {
      throw new IllegalArgumentException(
          "no packet has addresses of IPv4 and of IPv6: make two rules");
    }
    return this;
  }

  /** The source port. */
  public SteeringRule sourcePort(int port) {
    return sourcePorts(port, port);
  }

  /** A range of source ports, both ends included. */
  public SteeringRule sourcePorts(int low, int high) {
    checkPorts(low, high);
    SteeringRule changed = new SteeringRule(this);
    changed.sourceLow = low;
    changed.sourceHigh = high;
    changed.ports = true;
    return changed;
  }

  /** The destination port. */
  public SteeringRule destinationPort(int port) {
    return destinationPorts(port, port);
  }

  /** A range of destination ports, both ends included. */
  public SteeringRule destinationPorts(int low, int high) {
    checkPorts(low, high);
    SteeringRule changed = new SteeringRule(this);
    changed.destinationLow = low;
    changed.destinationHigh = high;
    changed.ports = true;
    return changed;
  }

  private static void checkPorts(int low, int high) {
    check("a port", low, MAX_PORT);
    check("a port", high, MAX_PORT);
    if (low > high) {
      throw new IllegalArgumentException("no port lies from " + low + " to " + high);
    }
  }

  private static void check(String what, int value, int highest) {
    if (value < 0 || value > highest) {
      throw new IllegalArgumentException(what + " is from 0 to " + highest + ", not " + value);
    }
  }

  /** What becomes of packets that match. */
  public SteeringAction action() {
    return action;
  }

  /** The number that {@link #priority(int)} set. */
  public int priority() {
    return priority;
  }

  /** Whether the rule is for a packet. */
  public boolean matches(ParsedPacket packet) {
    if (etherType != ANY && packet.type() != etherType
        || protocol != ANY && packet.protocol() != protocol
        || vlan != ANY && (packet.vlan() < 0 || (packet.vlan() & VLAN_ID) != vlan)) {
      return false;
    }
    if (ports && !matchesPorts(packet)) {
      return false;
    }
    if (packet.isIpv4()) {
      return source.matches4(packet.source4()) && destination.matches4(packet.destination4());
    }
    if (packet.isIpv6()) {
      return source.matches6(packet.source6()) && destination.matches6(packet.destination6());
    }
    return source.family == 0 && destination.family == 0;
  }

  private boolean matchesPorts(ParsedPacket packet) {
    if (!packet.hasPorts()) {
      return false;
    }
    int from = packet.sourcePort();
    int to = packet.destinationPort();
    return from >= sourceLow && from <= sourceHigh && to >= destinationLow && to <= destinationHigh;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("priority ").append(priority);
    if (etherType != ANY) {
      text.append(etherType == EthernetHeader.TYPE_ARP ? " arp" : " type " + etherType);
    }
    append(text, " vlan ", vlan);
    append(text, " protocol ", protocol);
    append(text, " source ", source);
    append(text, " destination ", destination);
    if (ports) {
      text.append(" ports ").append(sourceLow).append('-').append(sourceHigh);
      text.append(" to ").append(destinationLow).append('-').append(destinationHigh);
    }
    return text.append(": ").append(action).toString();
  }

  private static void append(StringBuilder text, String name, int value) {
    if (value != ANY) {
      text.append(name).append(value);
    }
  }

  private static void append(StringBuilder text, String name, AddressPrefix prefix) {
    if (prefix.family != 0) {
      int length = Long.bitCount(prefix.highMask) + Long.bitCount(prefix.lowMask);
      text.append(name).append(address(prefix)).append('/').append(length);
    }
  }

  private static String address(AddressPrefix prefix) {
    byte[] bytes = ByteBuffer.allocate(16).putLong(prefix.high).putLong(prefix.low).array();
    byte[] used = prefix.family == 4 ? java.util.Arrays.copyOf(bytes, 4) : bytes;
    try {
      return InetAddress.getByAddress(used).getHostAddress();
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
