package dev.twinpath.userstack.goodput;

import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.testsupport.NetworkNamespace;
import java.lang.foreign.Arena;

/** The kernel as sender, in a namespace of its own; its frames are carried to the path by hand. */
final class KernelTrial extends GoodputTrial {
  private static final int BUFFER = 2048;
  private static final int BATCH = 64;
  private static final int FILL_EVERY = 8;

  private final NetworkNamespace namespace;
  private final TapWire tap;
  private final Arena arena = Arena.ofShared();
  private final long buffer = arena.allocate(BUFFER, 64).address();
  private final Frame context = new Frame();
  private final Frame frame = new Frame();
  private final KernelSocket sender;
  private int turn;

  KernelTrial(GoodputCell cell, long seed, String congestion) {
    super(cell, seed);
    namespace = NetworkNamespace.create();
    tap = tap(namespace, SENDER);
    sender = namespace.call(() -> KernelSocket.connecting(RECEIVER_ADDRESS, PORT, congestion));
  }

  @Override
  void send(long now) {
    if (turn++ % FILL_EVERY == 0) {
      sender.fill();
    }
    carry(tap.queue(0), path.queue(0));
    carry(path.queue(0), tap.queue(0));
  }

  private void carry(WireQueue from, WireQueue to) {
    for (int i = 0; i < BATCH; i++) {
      int length = from.receive(buffer, BUFFER, context);
      if (length <= 0) {
        return;
      }
      frame.clear();
      frame.add(buffer, length);
      frame.copyOffloads(context);
      to.transmit(frame);
    }
  }

  @Override
  String describe() {
    return sender.info();
  }

  @Override
  void closeSender() {
    sender.close();
    path.close();
    tap.close();
    namespace.close();
    arena.close();
  }
}
