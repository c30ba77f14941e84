package dev.twinpath.nic.device;

/** What became of a packet: the status in its completion. Only {@link #OK} packets were sent. */
public final class TransmitStatus {
  /** Handed to the wire (which, like every wire, may lose it), and its memory is free again. */
  public static final int OK = 0;

  /** A piece of its memory is gone: a page of a truncated file. */
  public static final int MEMORY_FAULT = 1;

  /** A piece is not in registered memory that the device may read. */
  public static final int REGION_REFUSED = 2;

  /** Its headers are not those of its send template. */
  public static final int TEMPLATE_VIOLATION = 3;

  /**
   * Longer than the MTU without segmentation, or than a segmented packet may be, or too many
   * pieces.
   */
  public static final int TOO_LONG = 4;

  /** The descriptors contradict each other or the packet's headers. */
  public static final int BAD_DESCRIPTOR = 5;

  private TransmitStatus() {}

  /** A status as the word that counters and messages use. */
  public static String name(int status) {
    switch (status) {
      case OK:
        return "ok";
      case MEMORY_FAULT:
        return "memory_fault";
      case REGION_REFUSED:
        return "region_refused";
      case TEMPLATE_VIOLATION:
        return "template_violation";
      case TOO_LONG:
        return "too_long";
      case BAD_DESCRIPTOR:
        return "bad_descriptor";
      default:
        return "status_" + status;
    }
  }
}
