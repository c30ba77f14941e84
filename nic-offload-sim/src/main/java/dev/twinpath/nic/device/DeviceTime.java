package dev.twinpath.nic.device;

import dev.twinpath.nic.wire.NanoClock;

/** A stopwatch that tells the device's time apart: one reading of the clock a lap. One thread. */
final class DeviceTime {
  private final NanoClock clock;
  private long last;

  DeviceTime(NanoClock clock) {
    this.clock = clock;
  }

  /** Begins; what passed before belongs to somebody else. */
  void start() {
    last = clock.nanoTime();
  }

  /** Nanoseconds since the last lap or the start. */
  long lap() {
    long now = clock.nanoTime();
    long nanos = now - last;
    last = now;
    return nanos;
  }
}
