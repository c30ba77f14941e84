package dev.twinpath.userstack.ip;

import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.flow.QueueFlows;
import dev.twinpath.nic.flow.QueueListeners;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/**
 * A transport protocol's flows and listeners in the NIC, by addresses of either IP version: two
 * longs, IPv4 as mapped ({@link IpAddress}). The shard's thread. Nothing here is on the path of a
 * segment: the NIC has looked the flow up already.
 */
public final class NicFlows {
  private final QueueFlows flows;
  private final QueueListeners listeners;
  private final int protocol;

  /** Where the NIC reads IPv6 addresses. */
  private final Arena arena = Arena.ofAuto();

  private final long local = arena.allocate(32, 8).address();
  private final long remote = local + 16;

  /**
   * The flows and listeners of a protocol on a queue.
   *
   * @param protocol number of the IP protocol
   */
  public NicFlows(QueuePair queue, int protocol) {
    flows = queue.flowTable();
    listeners = queue.listeners();
    this.protocol = protocol;
  }

  private static void put(long at, long high, long low) {
    Memory.putLongBE(at, high);
    Memory.putLongBE(at + 8, low);
  }

  private void put(long localHigh, long localLow, long remoteHigh, long remoteLow) {
    put(local, localHigh, localLow);
    put(remote, remoteHigh, remoteLow);
  }

  /** See {@link QueueFlows#insert}. */
  public boolean insert(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort,
      int tag) {
    if (IpAddress.isV4(remoteHigh, remoteLow)) {
      return flows.insert(protocol, (int) localLow, localPort, (int) remoteLow, remotePort, tag);
    }
    put(localHigh, localLow, remoteHigh, remoteLow);
    return flows.insert6(protocol, local, localPort, remote, remotePort, tag);
  }

  /** See {@link QueueFlows#lookup}. */
  public int lookup(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    if (IpAddress.isV4(remoteHigh, remoteLow)) {
      return flows.lookup(protocol, (int) localLow, localPort, (int) remoteLow, remotePort);
    }
    put(localHigh, localLow, remoteHigh, remoteLow);
    return flows.lookup6(protocol, local, localPort, remote, remotePort);
  }

  /** See {@link QueueFlows#isTaken}. */
  public boolean isTaken(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    if (IpAddress.isV4(remoteHigh, remoteLow)) {
      return flows.isTaken(protocol, (int) localLow, localPort, (int) remoteLow, remotePort);
    }
    put(localHigh, localLow, remoteHigh, remoteLow);
    return flows.isTaken6(protocol, local, localPort, remote, remotePort);
  }

  /** See {@link QueueFlows#remove}. */
  public int remove(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    if (IpAddress.isV4(remoteHigh, remoteLow)) {
      return flows.remove(protocol, (int) localLow, localPort, (int) remoteLow, remotePort);
    }
    put(localHigh, localLow, remoteHigh, remoteLow);
    return flows.remove6(protocol, local, localPort, remote, remotePort);
  }

  /** See {@link QueueFlows#isFull}. */
  public boolean isFull() {
    return flows.isFull();
  }

  /** New connections to an address, {@link IpAddress#ANY} for all of both versions, come here. */
  public boolean addListener(IpAddress address, int port, int tag) {
    if (address.isAny() || address.isV4()) {
      return listeners.add(protocol, address.v4(), port, tag);
    }
    put(local, address.high(), address.low());
    return listeners.add6(protocol, local, port, tag);
  }

  /** Takes {@link #addListener} back. */
  public boolean removeListener(IpAddress address, int port) {
    if (address.isAny() || address.isV4()) {
      return listeners.remove(protocol, address.v4(), port);
    }
    put(local, address.high(), address.low());
    return listeners.remove6(protocol, local, port);
  }

  /** Whether any queue listens on a port, on whatever address. */
  public boolean isListening(int port) {
    return listeners.isTaken(protocol, port);
  }
}
