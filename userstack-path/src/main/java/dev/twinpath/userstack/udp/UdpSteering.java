package dev.twinpath.userstack.udp;

import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.flow.QueueFlows;
import dev.twinpath.nic.flow.QueueListeners;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.IpAddress;
import java.lang.foreign.Arena;

/**
 * Tells the NIC which datagrams belong to this shard: those to a port that is bound here, and those
 * of a pair of addresses that is connected here. Of fragments the NIC sees no ports, so they go
 * where their addresses' hash says: who wants large datagrams binds the port on every shard.
 */
public final class UdpSteering {
  private static final int UDP = Ipv4Header.PROTOCOL_UDP;

  private final QueueListeners listeners;
  private final QueueFlows flows;

  private final Arena arena = Arena.ofAuto();

  /** Where IPv6 addresses are handed over. */
  private final long scratch = arena.allocate(32, 8).address();

  /** The steering of a queue pair. */
  public UdpSteering(QueuePair queue) {
    listeners = queue.listeners();
    flows = queue.flowTable();
  }

  private long write(int offset, long high, long low) {
    Memory.putLongBE(scratch + offset, high);
    Memory.putLongBE(scratch + offset + 8, low);
    return scratch + offset;
  }

  void listen(long high, long low, int port) {
    if (isV4(high, low)) {
      listeners.add(UDP, (int) low, port, 0);
    } else {
      listeners.add6(UDP, write(0, high, low), port, 0);
    }
  }

  void forget(long high, long low, int port) {
    if (isV4(high, low)) {
      listeners.remove(UDP, (int) low, port);
    } else {
      listeners.remove6(UDP, write(0, high, low), port);
    }
  }

  /** Whether any shard has bound a port. */
  boolean isTaken(int port) {
    return listeners.isTaken(UDP, port);
  }

  /** False when another shard has the pair of addresses; a table that is full does no harm. */
  boolean connect(UdpSocket s, long high, long low, int port) {
    if (isV4(high, low)) {
      return flows.insert(UDP, (int) s.localLow, s.localPort, (int) low, port, 0) || flows.isFull();
    }
    long local = write(0, s.localHigh, s.localLow);
    return flows.insert6(UDP, local, s.localPort, write(16, high, low), port, 0) || flows.isFull();
  }

  void disconnect(UdpSocket s) {
    if (isV4(s.remoteHigh, s.remoteLow)) {
      flows.remove(UDP, (int) s.localLow, s.localPort, (int) s.remoteLow, s.remotePort);
    } else {
      long local = write(0, s.localHigh, s.localLow);
      flows.remove6(UDP, local, s.localPort, write(16, s.remoteHigh, s.remoteLow), s.remotePort);
    }
  }

  private static boolean isV4(long high, long low) {
    return IpAddress.isV4(high, low) || (high | low) == 0;
  }
}
