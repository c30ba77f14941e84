package dev.twinpath.server.cli;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * What {@code --src} and {@code --dst} let pass.
 *
 * @param address null = any
 * @param port 0 = any
 */
record SocketAddressFilter(IpAddress address, int port) {
  /**
   * Parses ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or :PORT.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static SocketAddressFilter parse(String text) {
    String address = text;
    String port = "";
    int colon = text.lastIndexOf(':');
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0 || end + 1 < text.length() && text.charAt(end + 1) != ':') {
        throw new IllegalArgumentException("\"" + text + "\" is not [ADDRESS]:PORT");
      }
      address = text.substring(1, end);
      port = end + 1 < text.length() ? text.substring(end + 2) : "";
    } else if (colon >= 0 && colon == text.indexOf(':')) {
      address = text.substring(0, colon);
      port = text.substring(colon + 1);
    }
    boolean any = address.isEmpty() || address.equals("*");
    return new SocketAddressFilter(any ? null : IpAddress.parse(address), port(port, text));
  }

  private static int port(String port, String text) {
    if (port.isEmpty() || port.equals("*")) {
      return 0;
    }
    try {
      int number = Integer.parseInt(port);
      if (number > 0 && number < 65536) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException("\"" + text + "\" does not end in a port");
  }

  /** Whether an address as the server writes it passes. */
  boolean passes(String text) {
    SocketAddressFilter other = parse(text);
    return (address == null || address.equals(other.address)) && (port == 0 || port == other.port);
  }
}
