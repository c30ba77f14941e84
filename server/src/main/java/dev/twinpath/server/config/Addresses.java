package dev.twinpath.server.config;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.Ipv4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Literal Internet addresses. Names are never looked up: an option must not depend on a resolver.
 */
public final class Addresses {
  private Addresses() {}

  /** 0.0.0.0. */
  public static InetAddress any() {
    return parse("0.0.0.0");
  }

  /**
   * An address of either IP version as the JDK sees it.
   *
   * @throws IllegalArgumentException if it is neither; the message quotes it
   */
  public static InetAddress parse(String text) {
    try {
      return text.equals("0.0.0.0") ? InetAddress.ofLiteral(text) : parseIp(text).toInetAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Four decimal numbers with dots, or what RFC 4291 section 2.2 has.
   *
   * @throws IllegalArgumentException if it is anything else; the message quotes it and says why
   */
  static IpAddress parseIp(String text) {
    boolean v6 = text.indexOf(':') >= 0;
    if (text.indexOf('%') >= 0) {
      throw new IllegalArgumentException(
          "'" + text + "' names a scope, which the stack does not need: it has one link");
    }
    IpAddress address;
    try {
      address = v6 ? IpAddress.parse(text) : IpAddress.of(Ipv4Address.parse(text));
    } catch (IllegalArgumentException e) {
      String example = v6 ? "IPv6 address such as fd00::2" : "IPv4 address such as 10.0.0.2";
      throw new IllegalArgumentException("'" + text + "' is not an " + example, e);
    }
    if (v6 && address.isV4()) {
      throw new IllegalArgumentException(
          "'" + text + "' is an IPv4 address in the notation of IPv6; write " + address);
    }
    return address;
  }

  /** The text of an address, IPv6 in the short form of RFC 5952. */
  public static String text(InetAddress address) {
    return address.isAnyLocalAddress()
        ? address.getAddress().length == 4 ? "0.0.0.0" : "::"
        : IpAddress.of(address).toString();
  }

  /** The text of an address and port, IPv6 in brackets. */
  public static String text(InetSocketAddress address) {
    String host = text(address.getAddress());
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}
