package dev.twinpath.nic.capture;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import java.util.List;

/**
 * Reads a filter by recursive descent. The grammar is that of libpcap's {@code grammar.y}: an
 * expression is a chain of terms from the left, and an identifier in it takes the qualifiers of the
 * term before.
 */
final class FilterParser {
  private static final int MAX_DEPTH = 64;

  private static final String POSSIBLE =
      "possible: host, net, port, portrange (with src or dst), ether host, ip, ip6, arp, tcp, udp,"
          + " icmp, icmp6, vlan, less, greater, tcp[tcpflags], inbound, outbound, not, (";

  private final List<FilterToken> tokens;
  private int position;
  private int depth;

  /** Of the last term, for a value without any; null when it had none. */
  private FilterQualifiers last = FilterQualifiers.HOST;

  FilterParser(String filter) {
    tokens = FilterToken.of(filter);
  }

  Matcher parse() {
    Matcher root = expression();
    if (!peek().isEnd()) {
      throw error(peek(), "expected and, or, or the end instead of " + peek().quoted());
    }
    return root;
  }

  private Matcher expression() {
    Matcher left = term();
    while (peek().isAnd() || peek().isOr()) {
      boolean and = take().isAnd();
      Matcher right = term();
      left = and ? left.and(right) : left.or(right);
    }
    return left;
  }

  private Matcher term() {
    if (++depth > MAX_DEPTH) {
      throw error(peek(), "more than " + MAX_DEPTH + " levels of not and parentheses");
    }
    Matcher matcher;
    if (peek().isNot()) {
      take();
      matcher = term().not();
    } else if (startsRelation()) {
      matcher = new FlagsRelation(this).parse();
      last = null;
    } else if (peek().is("(")) {
      take();
      matcher = expression();
      expect(")");
    } else {
      matcher = primitive();
    }
    depth--;
    return matcher;
  }

  /** Whether a comparison of TCP flags begins here, perhaps its left side in parentheses. */
  private boolean startsRelation() {
    int at = position;
    while (tokens.get(at).is("(")) {
      at++;
    }
    if (!tokens.get(at).is("tcp") || !tokens.get(at + 1).is("[")) {
      return false;
    }
    // Parentheses are the left side's own when they close before the comparison.
    int open = at - position;
    while (open > 0 && !tokens.get(at).isEnd() && !FlagsRelation.isComparison(tokens.get(at))) {
      at++;
      if (tokens.get(at).is("(")) {
        open++;
      } else if (tokens.get(at).is(")")) {
        open--;
      }
    }
    return open == 0;
  }

  private Matcher primitive() {
    FilterToken token = peek();
    if (!token.word()) {
      throw error(token, "expected a condition instead of " + token.quoted() + "; " + POSSIBLE);
    }
    Matcher single = single(token);
    if (single != null) {
      last = null;
      return single;
    }
    FilterQualifiers qualifiers = FilterQualifiers.read(this);
    if (qualifiers == null) {
      return bareValue(token);
    }
    last = qualifiers;
    if (qualifiers.isProtocolAlone()) {
      last = null;
      return protocol(qualifiers.protocol());
    }
    return values(qualifiers);
  }

  /** A value that takes the qualifiers of the term before it. */
  private Matcher bareValue(FilterToken token) {
    boolean value = Character.digit(token.text().charAt(0), 16) >= 0 || token.text().contains(":");
    if (last == null || !value) {
      throw error(token, "expected a condition instead of " + token.quoted() + "; " + POSSIBLE);
    }
    return last.matcher(take());
  }

  /** One value, or several in parentheses: {@code port (80 or 443)}. */
  private Matcher values(FilterQualifiers qualifiers) {
    if (++depth > MAX_DEPTH) {
      throw error(peek(), "more than " + MAX_DEPTH + " levels of not and parentheses");
    }
    Matcher matcher;
    if (peek().isNot()) {
      take();
      matcher = values(qualifiers).not();
    } else if (peek().is("(")) {
      take();
      matcher = values(qualifiers);
      while (peek().isAnd() || peek().isOr()) {
        boolean and = take().isAnd();
        Matcher right = values(qualifiers);
        matcher = and ? matcher.and(right) : matcher.or(right);
      }
      expect(")");
    } else {
      matcher = qualifiers.matcher(take());
    }
    depth--;
    return matcher;
  }

  /** A condition of one word, perhaps with a number; null when it is none. */
  private Matcher single(FilterToken token) {
    switch (token.text()) {
      case "icmp":
        take();
        return has(EthernetHeader.TYPE_IPV4, Ipv4Header.PROTOCOL_ICMP);
      case "icmp6":
        take();
        return has(EthernetHeader.TYPE_IPV6, Ipv6Header.NEXT_ICMP);
      case "inbound":
        take();
        return packet -> !packet.isOutbound();
      case "outbound":
        take();
        return CapturedPacket::isOutbound;
      case "vlan":
        take();
        return vlan();
      case "less":
        {
          take();
          int most = number(take(), 0, 1 << 20, "a length in bytes");
          return packet -> packet.length() <= most;
        }
      case "greater":
        {
          take();
          int least = number(take(), 0, 1 << 20, "a length in bytes");
          return packet -> packet.length() >= least;
        }
      default:
        return null;
    }
  }

  private Matcher vlan() {
    FilterToken next = peek();
    if (!next.word() || !Character.isDigit(next.text().charAt(0))) {
      return CapturedPacket::isTagged;
    }
    int id = number(take(), 0, 4095, "a VLAN identifier");
    return packet -> packet.isInVlan(id);
  }

  private static Matcher protocol(String name) {
    switch (name) {
      case "ip":
        return packet -> packet.isType(EthernetHeader.TYPE_IPV4);
      case "ip6":
        return packet -> packet.isType(EthernetHeader.TYPE_IPV6);
      case "arp":
        return packet -> packet.isType(EthernetHeader.TYPE_ARP);
      case "tcp":
        return packet -> packet.protocol() == Ipv4Header.PROTOCOL_TCP;
      default:
        return packet -> packet.protocol() == Ipv4Header.PROTOCOL_UDP;
    }
  }

  private static Matcher has(int type, int protocol) {
    return packet -> packet.isType(type) && packet.protocol() == protocol;
  }

  FilterToken peek() {
    return tokens.get(position);
  }

  FilterToken peek(int ahead) {
    return tokens.get(Math.min(position + ahead, tokens.size() - 1));
  }

  /** The next token; the end again and again. */
  FilterToken take() {
    FilterToken token = peek();
    if (!token.isEnd()) {
      position++;
    }
    return token;
  }

  void expect(String operator) {
    FilterToken token = take();
    if (!token.is(operator)) {
      throw error(token, "expected '" + operator + "' instead of " + token.quoted());
    }
  }

  /** A number in decimal or, with 0x, in hexadecimal. */
  static int number(FilterToken token, int least, int most, String what) {
    boolean digits = token.text().matches("0[xX][0-9a-fA-F]{1,8}|[0-9]{1,9}");
    long value =
        !digits
            ? -1
            : token.text().length() > 2 && Character.toLowerCase(token.text().charAt(1)) == 'x'
                ? Long.parseLong(token.text().substring(2), 16)
                : Long.parseLong(token.text());
    if (value < least || value > most) {
      throw error(
          token, token.quoted() + " is not " + what + ": a number from " + least + " to " + most);
    }
    return (int) value;
  }

  static CaptureFilterException error(FilterToken token, String message) {
    return new CaptureFilterException(token.column(), message);
  }
}
