package dev.twinpath.nic.capture;

/**
 * Which frames are captured: the everyday part of pcap-filter(7).
 *
 * <ul>
 *   <li>{@code [src|dst|src or dst|src and dst] host ADDRESS}, {@code net ADDRESS/LENGTH}, {@code
 *       port N}, {@code portrange A-B}, also after {@code ip}, {@code ip6}, {@code arp}, {@code
 *       tcp} or {@code udp} where pcap-filter allows it; {@code ether [src|dst] [host] MAC}
 *   <li>{@code ip}, {@code ip6}, {@code arp}, {@code tcp}, {@code udp}, {@code icmp}, {@code
 *       icmp6}, {@code vlan [ID]}, {@code inbound}, {@code outbound}, {@code less N}, {@code
 *       greater N}
 *   <li>{@code tcp[tcpflags] & (tcp-syn|tcp-rst) != 0}, with any relation and any constant
 *   <li>{@code and}, {@code or}, {@code not}, {@code &&}, {@code ||}, {@code !} and parentheses:
 *       {@code not} binds tightest, the other two equally, from the left. A value without a keyword
 *       takes the keywords of the one before it: {@code port 80 or 443}.
 * </ul>
 *
 * <p>Addresses and ports are numbers: nothing is looked up. It differs from libpcap in favour of
 * who captures: {@code ip}, {@code tcp} and so on also match behind VLAN tags ({@code vlan} only
 * asks for a tag, and shifts nothing), ports and TCP flags are found behind IPv6 extension headers,
 * and a header that is cut short fails its own test only, not the whole filter.
 *
 * <p>Immutable, for any thread.
 */
public final class CaptureFilter {
  /** The longest filter, in characters. */
  public static final int MAX_LENGTH = 4096;

  private final String text;
  private final Matcher root;

  private CaptureFilter(String text, Matcher root) {
    this.text = text;
    this.root = root;
  }

  /**
   * Compiles a filter; an empty one takes every frame.
   *
   * @throws CaptureFilterException with the column, what is wrong, and what is possible
   */
  public static CaptureFilter parse(String filter) {
    if (filter.length() > MAX_LENGTH) {
      throw new CaptureFilterException(
          MAX_LENGTH + 1, "a filter has at most " + MAX_LENGTH + " characters");
    }
    return new CaptureFilter(
        filter.strip(), filter.isBlank() ? packet -> true : new FilterParser(filter).parse());
  }

  /** What was parsed; "" for every frame. */
  public String text() {
    return text;
  }

  boolean matches(CapturedPacket packet) {
    return root.matches(packet);
  }

  @Override
  public String toString() {
    return text;
  }
}
