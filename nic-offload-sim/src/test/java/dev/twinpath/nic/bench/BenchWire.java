package dev.twinpath.nic.bench;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;

/**
 * The cheapest wire that there can be, so that what is measured is the device: it takes every frame
 * and forgets it, and gives as many as it was told to, each of a random flow and copied as DMA
 * would.
 */
final class BenchWire implements Wire, WireQueue {
  private static final int HEADERS = Packets.TRANSPORT4 + TcpHeader.MIN_LENGTH;
  private static final int SOURCE = EthernetHeader.LENGTH + 12;

  private final long template;
  private final int length;
  private final int flows;
  private int waiting;
  private int random = 1;

  /**
   * @param length bytes of each frame given, from the Ethernet header
   * @param flows a power of two or 1,000,000: how many flows they are of
   */
  BenchWire(Arena arena, int length, int flows) {
    this.length = length;
    this.flows = flows;
    template = arena.allocate(length, 64).address();
    Packets.tcp4(template, 1, TcpHeader.ACK, new byte[0], length - HEADERS, Packets.PEER_MAC);
    Ipv4Header.writeChecksum(template + EthernetHeader.LENGTH);
  }

  /** The remote address of a flow; all ports and local addresses are those of {@link Packets}. */
  static int remoteAddress(int flow) {
    return 0x0b000000 + flow;
  }

  /** The next of a cheap series of numbers below a bound: xorshift, Marsaglia 2003. */
  static int next(int before) {
    int x = before;
    x ^= x << 13;
    x ^= x >>> 17;
    return x ^ (x << 5);
  }

  /** A number below a bound, from any int. */
  static int below(int bound, int any) {
    return (int) (((any & 0xffffffffL) * bound) >>> 32);
  }

  /** So many frames wait for the NIC. */
  void give(int frames) {
    waiting = frames;
  }

  @Override
  public int transmit(Frame frame) {
    return 0;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    if (waiting == 0) {
      return 0;
    }
    waiting--;
    random = next(random);
    Memory.copy(template, address, length);
    Memory.putIntBE(address + SOURCE, remoteAddress(below(flows, random)));
    context.clear();
    context.checksumVerified(true);
    return length;
  }

  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.all(65535 + 14);
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
  public int pollableFd() {
    return -1;
  }

  @Override
  public boolean armInterrupt() {
    return waiting == 0;
  }

  @Override
  public void disarmInterrupt() {}

  @Override
  public void close() {}
}
