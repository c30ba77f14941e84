package dev.twinpath.nic.capture;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import java.util.Set;

/**
 * The words before a value: {@code tcp src port}.
 *
 * @param protocol "" for none
 * @param direction which end has to fit
 * @param type host, net, port or portrange; "" when only a protocol was named
 * @param at the first word, for errors
 */
record FilterQualifiers(String protocol, Direction direction, String type, FilterToken at) {
  /** What a bare address means. */
  static final FilterQualifiers HOST =
      new FilterQualifiers("", Direction.EITHER, "host", new FilterToken("host", 1, true));

  private static final Set<String> PROTOCOLS = Set.of("ether", "ip", "ip6", "arp", "tcp", "udp");
  private static final Set<String> TYPES = Set.of("host", "net", "port", "portrange");

  enum Direction {
    SOURCE,
    DESTINATION,
    EITHER,
    BOTH
  }

  /** A test of one end. */
  private interface EndTest {
    boolean fits(CapturedPacket packet, boolean source);
  }

  /** Reads what is there; null when the next word is none of them. */
  static FilterQualifiers read(FilterParser in) {
    FilterToken first = in.peek();
    String protocol = PROTOCOLS.contains(first.text()) ? in.take().text() : "";
    Direction direction = direction(in);
    String type = TYPES.contains(in.peek().text()) ? in.take().text() : "";
    if (protocol.isEmpty() && direction == null && type.isEmpty()) {
      return null;
    }
    boolean alone = direction == null && type.isEmpty() && !isValue(in.peek());
    if (alone && protocol.equals("ether")) {
      throw FilterParser.error(in.peek(), "expected host, src or dst and a MAC after ether");
    }
    return new FilterQualifiers(
        protocol,
        direction == null ? Direction.EITHER : direction,
        alone ? "" : type.isEmpty() ? "host" : type,
        first);
  }

  /** Whether a value, and not a word that goes on, follows: {@code ip 10.0.0.1}. */
  private static boolean isValue(FilterToken token) {
    return token.word() && token.text().matches("[0-9].*|.*:.*");
  }

  private static Direction direction(FilterParser in) {
    boolean source = in.peek().is("src");
    if (!source && !in.peek().is("dst")) {
      return null;
    }
    in.take();
    boolean joined = in.peek().isOr() || in.peek().isAnd();
    if (!joined || !in.peek(1).is(source ? "dst" : "src")) {
      return source ? Direction.SOURCE : Direction.DESTINATION;
    }
    Direction direction = in.take().isOr() ? Direction.EITHER : Direction.BOTH;
    in.take();
    return direction;
  }

  boolean isProtocolAlone() {
    return type.isEmpty();
  }

  /** Compiles these qualifiers with a value. */
  Matcher matcher(FilterToken value) {
    if (!value.word()) {
      throw FilterParser.error(value, "expected a value after " + this + ", not " + value.quoted());
    }
    switch (type) {
      case "port":
        {
          int port = FilterParser.number(value, 0, 65535, "a port; names are not looked up");
          return ports(value, port, port);
        }
      case "portrange":
        return portRange(value);
      default:
        return protocol.equals("ether") ? mac(value) : address(value);
    }
  }

  private Matcher portRange(FilterToken value) {
    int dash = value.text().indexOf('-');
    String lowText = dash < 0 ? value.text() : value.text().substring(0, dash);
    String highText = dash < 0 ? value.text() : value.text().substring(dash + 1);
    int low = rangeEnd(value, lowText, 0);
    int high = rangeEnd(value, highText, dash + 1);
    return ports(value, Math.min(low, high), Math.max(low, high));
  }

  private static int rangeEnd(FilterToken value, String text, int offset) {
    FilterToken end = new FilterToken(text, value.column() + offset, true);
    return FilterParser.number(end, 0, 65535, "a port of a range A-B; names are not looked up");
  }

  private Matcher ports(FilterToken value, int low, int high) {
    if (!protocol.isEmpty() && !protocol.equals("tcp") && !protocol.equals("udp")) {
      throw FilterParser.error(
          at, "'" + protocol + "' has no ports: only tcp and udp go before '" + type + "'");
    }
    if (value.isEnd()) {
      throw FilterParser.error(value, "expected a port");
    }
    Matcher ports =
        ends(
            (packet, source) -> {
              int port = packet.port(source);
              return port >= low && port <= high;
            });
    if (protocol.isEmpty()) {
      return ports;
    }
    int wanted = protocol.equals("tcp") ? Ipv4Header.PROTOCOL_TCP : Ipv4Header.PROTOCOL_UDP;
    return packet -> packet.protocol() == wanted && ports.matches(packet);
  }

  private Matcher mac(FilterToken value) {
    if (!type.equals("host")) {
      throw FilterParser.error(at, "'ether' goes with host, src or dst only, not with " + type);
    }
    if (!value.text().matches("[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}")) {
      throw FilterParser.error(
          value, value.quoted() + " is not a MAC address such as 02:00:00:00:00:01");
    }
    long mac = 0;
    for (String octet : value.text().split("[:-]")) {
      mac = mac << 8 | Integer.parseInt(octet, 16);
    }
    long wanted = mac;
    return ends((packet, source) -> source ? packet.isFrom(wanted) : packet.isTo(wanted));
  }

  private Matcher address(FilterToken value) {
    if (protocol.equals("tcp") || protocol.equals("udp")) {
      throw FilterParser.error(
          at,
          "'"
              + protocol
              + "' goes before port or portrange, not before "
              + type
              + ": write '"
              + protocol
              + " and "
              + type
              + " ...'");
    }
    FilterAddress address = FilterAddress.parse(value, type.equals("net"));
    if (address.isIpv6()) {
      if (protocol.equals("ip") || protocol.equals("arp")) {
        throw FilterParser.error(value, "'" + protocol + "' takes an IPv4 address");
      }
      return ends(address::fits6);
    }
    switch (protocol) {
      case "ip":
        return ends(address::fits4);
      case "arp":
        Matcher either = ends(address::fitsArp);
        return packet -> packet.isType(EthernetHeader.TYPE_ARP) && either.matches(packet);
      case "ip6":
        throw FilterParser.error(value, "'ip6' takes an IPv6 address");
      default:
        return ends(address::fits4).or(ends(address::fitsArp));
    }
  }

  private Matcher ends(EndTest test) {
    switch (direction) {
      case SOURCE:
        return packet -> test.fits(packet, true);
      case DESTINATION:
        return packet -> test.fits(packet, false);
      case BOTH:
        return packet -> test.fits(packet, true) && test.fits(packet, false);
      default:
        return packet -> test.fits(packet, true) || test.fits(packet, false);
    }
  }

  @Override
  public String toString() {
    return "'" + (protocol + " " + type).strip() + "'";
  }
}
