package dev.twinpath.nic.wire;

/** A clock in nanoseconds with an arbitrary origin; tests step their own. */
@FunctionalInterface
public interface NanoClock {
  long nanoTime();

  /** {@link System#nanoTime()}. */
  NanoClock SYSTEM = System::nanoTime;
}
