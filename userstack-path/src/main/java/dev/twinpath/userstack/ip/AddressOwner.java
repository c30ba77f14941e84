package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.TimerNode;

/** Looks after one address of ours: asks whether others have it. Its timer asks again. */
final class AddressOwner extends TimerNode {
  /** What to do when time has passed. */
  @FunctionalInterface
  interface Step {
    /** The owner's timer has fired. */
    void step(AddressOwner owner, long nowNanos);
  }

  private final Step step;

  /** Which address. */
  final int index;

  /** Messages that are still to be sent. */
  int left;

  /** The nonce of our questions (RFC 7527). */
  long nonce;

  /** When somebody claimed the address last, 0 = never. */
  long claimedNanos;

  AddressOwner(int index, Step step) {
    this.index = index;
    this.step = step;
  }

  @Override
  protected void onTimer(long nowNanos) {
    step.step(this, nowNanos);
  }
}
