package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.TemplateVerdict;

/**
 * What became of a packet: the status in its completion. Only {@link #OK} packets were sent. From
 * {@link #WRONG_MAC} on they are the ways to break a send template.
 */
public final class TransmitStatus {
  /** Handed to the wire (which, like every wire, may lose it), and its memory is free again. */
  public static final int OK = 0;

  /** A piece of its memory is gone: a page of a truncated file. */
  public static final int MEMORY_FAULT = 1;

  /** A piece is not in registered memory of the domain that the device may read. */
  public static final int REGION_REFUSED = 2;

  /**
   * Longer than the MTU without segmentation, or than a segmented packet may be, or too many pieces
   * or segments.
   */
  public static final int TOO_LONG = 4;

  /** The descriptors contradict each other or the packet's headers. */
  public static final int BAD_DESCRIPTOR = 5;

  /** {@link TemplateVerdict#WRONG_MAC}. */
  public static final int WRONG_MAC = TemplateVerdict.WRONG_MAC;

  /** {@link TemplateVerdict#WRONG_VLAN}. */
  public static final int WRONG_VLAN = TemplateVerdict.WRONG_VLAN;

  /** {@link TemplateVerdict#WRONG_PROTOCOL}. */
  public static final int WRONG_PROTOCOL = TemplateVerdict.WRONG_PROTOCOL;

  /** {@link TemplateVerdict#WRONG_ADDRESS}. */
  public static final int WRONG_ADDRESS = TemplateVerdict.WRONG_ADDRESS;

  /** {@link TemplateVerdict#WRONG_PORT}. */
  public static final int WRONG_PORT = TemplateVerdict.WRONG_PORT;

  /** {@link TemplateVerdict#FORBIDDEN_HEADERS}. */
  public static final int FORBIDDEN_HEADERS = TemplateVerdict.FORBIDDEN_HEADERS;

  /** {@link TemplateVerdict#FORBIDDEN_FLAGS}. */
  public static final int FORBIDDEN_FLAGS = TemplateVerdict.FORBIDDEN_FLAGS;

  /** {@link TemplateVerdict#OUTSIDE_WINDOW}. */
  public static final int OUTSIDE_WINDOW = TemplateVerdict.OUTSIDE_WINDOW;

  /** {@link TemplateVerdict#PAYLOAD_TOO_LONG}. */
  public static final int PAYLOAD_TOO_LONG = TemplateVerdict.PAYLOAD_TOO_LONG;

  /** {@link TemplateVerdict#TEMPLATE_MISSING}. */
  public static final int TEMPLATE_MISSING = TemplateVerdict.TEMPLATE_MISSING;

  /** {@link TemplateVerdict#STALE_TEMPLATE}. */
  public static final int STALE_TEMPLATE = TemplateVerdict.STALE_TEMPLATE;

  /** {@link TemplateVerdict#FOREIGN_TEMPLATE}. */
  public static final int FOREIGN_TEMPLATE = TemplateVerdict.FOREIGN_TEMPLATE;

  private static final String[] NAMES = {
    "ok", "memory_fault", "region_refused", null, "too_long", "bad_descriptor",
  };

  private static final String[] VIOLATIONS = {
    "wrong_mac",
    "wrong_vlan",
    "wrong_protocol",
    "wrong_address",
    "wrong_port",
    "forbidden_headers",
    "forbidden_flags",
    "outside_window",
    "payload_too_long",
    "template_missing",
    "stale_template",
    "foreign_template",
  };

  private TransmitStatus() {}

  /** Whether a packet was refused because of its send template. */
  public static boolean isTemplateViolation(int status) {
    return status >= WRONG_MAC && status <= FOREIGN_TEMPLATE;
  }

  /** A status as the word that counters and messages use. */
  public static String name(int status) {
    String name = null;
    if (isTemplateViolation(status)) {
      name = VIOLATIONS[status - WRONG_MAC];
    } else if (status >= 0 && status < NAMES.length) {
      name = NAMES[status];
    }
    return name != null ? name : "status_" + status;
  }
}
