package dev.twinpath.nic.wire;

/**
 * What a NIC is plugged into. Each queue belongs to one thread; opening and closing is the owner's.
 */
public interface Wire extends AutoCloseable {
  /** What the wire takes over; the same during its whole life. */
  WireCapabilities capabilities();

  /** How many queues there are, numbered from 0. */
  int queues();

  /** A queue, the same object each time. */
  WireQueue queue(int index);

  /** Gives the wire's resources back, once. No queue is used any more. */
  @Override
  void close();
}
