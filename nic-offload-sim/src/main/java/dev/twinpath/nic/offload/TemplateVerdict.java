package dev.twinpath.nic.offload;

/** What {@link SendTemplateTable#check} says of a packet: permitted, or why not. */
public final class TemplateVerdict {
  public static final int PERMITTED = 0;

  /** A source or destination MAC address that is not the template's. */
  public static final int WRONG_MAC = 16;

  /** A VLAN tag that is not the template's, or one where it has none. */
  public static final int WRONG_VLAN = 17;

  /** Another IP version or transport, or an ICMP or neighbour message that nobody may forge. */
  public static final int WRONG_PROTOCOL = 18;

  /** A source or destination IP address that is not the template's. */
  public static final int WRONG_ADDRESS = 19;

  /** A source or destination port that is not the template's. */
  public static final int WRONG_PORT = 20;

  /**
   * Headers that are malformed or that could hide something from the check: IPv4 options, IPv6
   * extension headers, fragments, lengths that do not agree.
   */
  public static final int FORBIDDEN_HEADERS = 21;

  /** A TCP flag that the template does not permit. */
  public static final int FORBIDDEN_FLAGS = 22;

  /** Sequence numbers that are not wholly in the permitted window. */
  public static final int OUTSIDE_WINDOW = 23;

  /** More payload than the template permits. */
  public static final int PAYLOAD_TOO_LONG = 24;

  /** No template was named, where the domain must. */
  public static final int TEMPLATE_MISSING = 25;

  /** A template that does not exist any more, or never did. */
  public static final int STALE_TEMPLATE = 26;

  /** Another domain's template. */
  public static final int FOREIGN_TEMPLATE = 27;

  private TemplateVerdict() {}
}
