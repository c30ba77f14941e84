package dev.twinpath.nic.wire.xdp;

/** What the XDP program did with a frame: the index of its counter in the program's map. */
public enum SteeringVerdict {
  /** To the wire's socket of the queue that it came in by. */
  REDIRECTED,

  /** For the wire, but no socket of it has that queue; the kernel got it. */
  NO_SOCKET,

  /** For nobody that the wire knows; the kernel's. */
  OTHER_ADDRESS,

  /** For a shared address, and no port of the wire's; the kernel's. */
  OTHER_PORT,

  /** A fragment for a shared address; the kernel's. */
  FRAGMENT,

  /** With a VLAN tag; the kernel's. */
  TAGGED,

  /** Shorter than its headers, or with headers that contradict each other; the kernel's. */
  MALFORMED
}
