package dev.twinpath.nic.wire;

/** Whether somebody still holds the other end of a memory wire. */
@FunctionalInterface
interface PeerLiveness {
  /** Asked only when the ring to the peer is full; may be slow. */
  boolean isGone();
}
