package dev.twinpath.nic.capture;

/** A node of a compiled filter. Looks and decides; allocates nothing and keeps no state. */
interface Matcher {
  boolean matches(CapturedPacket packet);

  default Matcher and(Matcher other) {
    return packet -> matches(packet) && other.matches(packet);
  }

  default Matcher or(Matcher other) {
    return packet -> matches(packet) || other.matches(packet);
  }

  default Matcher not() {
    return packet -> !matches(packet);
  }
}
