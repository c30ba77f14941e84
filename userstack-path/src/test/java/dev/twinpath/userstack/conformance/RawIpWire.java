package dev.twinpath.userstack.conformance;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/**
 * A link without Ethernet, as far as its other end sees: IP packets go in and out. What the stack
 * asks its neighbours it answers itself, at once: everybody is at one MAC address. Frames leave as
 * a line carries them, cut and with their checksums.
 */
final class RawIpWire implements Wire, WireQueue {
  static final long STACK_MAC = 0x020000000002L;
  static final long PEER_MAC = 0x020000000001L;
  private static final int MAX_FRAME = 65549;

  /** A packet that the stack sent, and when. */
  record Sent(long nanos, byte[] packet) {}

  final ArrayDeque<Sent> fromStack = new ArrayDeque<>();
  private final ArrayDeque<byte[]> toStack = new ArrayDeque<>();
  private final long scratch;
  private long now;

  RawIpWire(Arena arena) {
    scratch = arena.allocate(MAX_FRAME + 3, 8).address();
  }

  /** The time that packets are stamped with. */
  void time(long nanos) {
    now = nanos;
  }

  /** Gives the stack an IP packet at its next poll. */
  void deliver(byte[] packet) {
    byte[] frame = new byte[EthernetHeader.LENGTH + packet.length];
    boolean six = packet.length > 0 && (packet[0] & 0xf0) == 0x60;
    header(frame, six ? EthernetHeader.TYPE_IPV6 : EthernetHeader.TYPE_IPV4);
    System.arraycopy(packet, 0, frame, EthernetHeader.LENGTH, packet.length);
    toStack.add(frame);
  }

  private void header(byte[] frame, int type) {
    EthernetHeader.write(scratch, STACK_MAC, PEER_MAC, type);
    Memory.copy(scratch, frame, 0, EthernetHeader.LENGTH);
  }

  boolean hasInput() {
    return !toStack.isEmpty();
  }

  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.plain(MAX_FRAME);
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
    byte[] bytes = new byte[frame.totalLength()];
    int at = 0;
    for (int i = 0; i < frame.segments(); i++) {
      Memory.copy(frame.address(i), bytes, at, frame.length(i));
      at += frame.length(i);
    }
    int type = (bytes[12] & 0xff) << 8 | bytes[13] & 0xff;
    if (type == EthernetHeader.TYPE_ARP) {
      answer(bytes);
    } else {
      byte[] packet = new byte[bytes.length - EthernetHeader.LENGTH];
      System.arraycopy(bytes, EthernetHeader.LENGTH, packet, 0, packet.length);
      fromStack.add(new Sent(now, packet));
    }
    return 0;
  }

  private void answer(byte[] request) {
    Memory.copy(request, 0, scratch, request.length);
    long arp = scratch + EthernetHeader.LENGTH;
    int asked = ArpHeader.targetAddress(arp);
    int asker = ArpHeader.senderAddress(arp);
    if (ArpHeader.operation(arp) != ArpHeader.REQUEST || asked == asker || asker == 0) {
      return;
    }
    EthernetHeader.write(scratch, STACK_MAC, PEER_MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(arp, ArpHeader.REPLY, PEER_MAC, asked, STACK_MAC, asker);
    toStack.add(Memory.toArray(scratch, EthernetHeader.LENGTH + ArpHeader.LENGTH));
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
