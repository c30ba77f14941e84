package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.util.ArrayDeque;

/** A wire whose other end is a test: frames are byte arrays, whole, cut and with checksums. */
public final class ScriptWire implements Wire, WireQueue {
  public final ArrayDeque<byte[]> fromStack = new ArrayDeque<>();
  public final ArrayDeque<byte[]> toStack = new ArrayDeque<>();

  /** When set, the wire takes nothing: the NIC keeps the packets. */
  public boolean blocked;

  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.plain(65549);
  }

  @Override
  public int queues() {
    return 1;
  }

  @Override
  public WireQueue queue(int index) {
    return this;
  }

  @Override
  public int transmit(Frame frame) {
    if (blocked) {
      return -11;
    }
    byte[] bytes = new byte[frame.totalLength()];
    int at = 0;
    for (int i = 0; i < frame.segments(); i++) {
      Memory.copy(frame.address(i), bytes, at, frame.length(i));
      at += frame.length(i);
    }
    fromStack.add(bytes);
    return 0;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    context.clear();
    byte[] bytes = toStack.poll();
    if (bytes == null) {
      return 0;
    }
    Memory.copy(bytes, 0, address, bytes.length);
    return bytes.length;
  }

  @Override
  public int pollableFd() {
    return -1;
  }

  @Override
  public boolean armInterrupt() {
    return toStack.isEmpty();
  }

  @Override
  public void disarmInterrupt() {}

  @Override
  public void close() {}
}
