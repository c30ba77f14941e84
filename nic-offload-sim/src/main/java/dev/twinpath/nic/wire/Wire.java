package dev.twinpath.nic.wire;

/**
 * What a NIC is plugged into. Each queue belongs to one thread; opening and closing is the owner's.
 */
public interface Wire extends AutoCloseable {
  /** What the wire takes over; the same during its whole life. */
  WireCapabilities capabilities();

  /**
   * The longest IP packet that leaves without being cut, in bytes, where something beyond the wire
   * limits it, such as an interface's MTU; 65535 otherwise.
   */
  default int mtu() {
    return 65535;
  }

  /**
   * The MAC address that the NIC at this end must have, where what lies beyond the wire sends to no
   * other; -1 where any will do.
   */
  default long macAddress() {
    return -1;
  }

  /** How many queues there are, numbered from 0. */
  int queues();

  /** A queue, the same object each time. */
  WireQueue queue(int index);

  /** Gives the wire's resources back, once. No queue is used any more. */
  @Override
  void close();
}
