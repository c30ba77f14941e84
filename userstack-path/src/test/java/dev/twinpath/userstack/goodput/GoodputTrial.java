package dev.twinpath.userstack.goodput;

import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.userstack.ip.Ipv4Address;

/**
 * One connection over one path to a receiver of the kernel's, which has a namespace of its own. All
 * is done by {@link #step} on one thread, which turns many trials in a circle.
 */
abstract class GoodputTrial implements AutoCloseable {
  static final int PORT = 5001;
  static final String RECEIVER = "10.9.0.1";
  static final String SENDER = "10.9.0.2";
  static final int RECEIVER_ADDRESS = Ipv4Address.parse(RECEIVER);

  /** The wire to the receiver, with everything that is wrong with it. */
  final ImpairedWire path;

  private final NetworkNamespace namespace;
  private final KernelSocket listener;
  private KernelSocket receiver;
  private long received;

  GoodputTrial(GoodputCell cell, long seed) {
    namespace = NetworkNamespace.create();
    path = new ImpairedWire(tap(namespace, RECEIVER), cell.impairment(seed));
    listener = namespace.call(() -> KernelSocket.listening(PORT));
  }

  /** A TAP without offloads: the kernel sends and gets single frames with their checksums. */
  static TapWire tap(NetworkNamespace namespace, String address) {
    TapWire wire = namespace.openTap("tap0", 1, false);
    namespace.exec("ip", "address", "add", address + "/24", "dev", "tap0").check();
    return wire;
  }

  /** Lets the sender and the path do what is due. */
  abstract void send(long now);

  /** One turn. */
  final void step(long now) {
    send(now);
    if (receiver == null) {
      receiver = listener.accept();
    } else {
      received += receiver.drain();
    }
  }

  /** Bytes that the receiver has read. */
  final long received() {
    return received;
  }

  /** What the sender says of itself. */
  abstract String describe();

  /** Ends the sender. */
  abstract void closeSender();

  @Override
  public final void close() {
    if (receiver != null) {
      receiver.close();
    }
    listener.close();
    closeSender();
    namespace.close();
  }
}
