package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which queues have a listener on which port: (protocol, local address or any, port) to queues and
 * tags. A packet for a port that nobody listens on has no rule, and goes where RSS says, so that a
 * host can answer it with a reset or an ICMP error.
 *
 * <p>Hosts add and remove from any thread; a lookup takes no lock. A page of 256 ports exists once
 * a port of it is used.
 */
public final class ListenerRules {
  private static final int PAGES = 256;
  private static final ListenerRule[] NONE = {};

  private final AtomicReferenceArray<AtomicReferenceArray<ListenerRule[]>> tcp =
      new AtomicReferenceArray<>(PAGES);
  private final AtomicReferenceArray<AtomicReferenceArray<ListenerRule[]>> udp =
      new AtomicReferenceArray<>(PAGES);

  ListenerRules() {}

  private AtomicReferenceArray<AtomicReferenceArray<ListenerRule[]>> pages(int protocol) {
    if (protocol == Ipv4Header.PROTOCOL_TCP) {
      return tcp;
    }
    if (protocol == Ipv4Header.PROTOCOL_UDP) {
      return udp;
    }
    throw new IllegalArgumentException("listeners are of TCP and UDP, not of protocol " + protocol);
  }

  /**
   * A queue's host listens on an IPv4 address and port.
   *
   * @param address in host order, 0 for every address of IPv4 and IPv6
   * @param tag not negative; comes with packets, marked {@code ReceiveFlags.LISTENER}
   * @return false when the queue had that listener already; nothing is changed then
   */
  public boolean add(int protocol, int address, int port, int queue, int tag) {
    return add(
        protocol,
        port,
        queue,
        address == 0 ? ListenerRule.any(queue, tag) : ListenerRule.of4(address, queue, tag));
  }

  /** The same for an IPv6 address, where its 16 bytes lie; all zeros for every address. */
  public boolean add6(int protocol, long address, int port, int queue, int tag) {
    return add(protocol, port, queue, rule6(address, queue, tag));
  }

  private static ListenerRule rule6(long address, int queue, int tag) {
    long high = Memory.getLongBE(address);
    long low = Memory.getLongBE(address + 8);
    return (high | low) == 0
        ? ListenerRule.any(queue, tag)
        : ListenerRule.of6(high, low, queue, tag);
  }

  private synchronized boolean add(int protocol, int port, int queue, ListenerRule rule) {
    AtomicReferenceArray<AtomicReferenceArray<ListenerRule[]>> pages = pages(protocol);
    AtomicReferenceArray<ListenerRule[]> page = pages.get(port >>> 8);
    if (page == null) {
      page = new AtomicReferenceArray<>(PAGES);
      pages.set(port >>> 8, page);
    }
    ListenerRule[] before = page.get(port & 255) == null ? NONE : page.get(port & 255);
    ListenerRule[] after = before.clone();
    for (int i = 0; i < before.length; i++) {
      if (before[i].sameAddress(rule)) {
        if (before[i].has(queue)) {
          return false;
        }
        after[i] = before[i].with(rule);
        page.set(port & 255, after);
        return true;
      }
    }
    after = Arrays.copyOf(before, before.length + 1);
    after[before.length] = rule;
    page.set(port & 255, after);
    return true;
  }

  /** A queue's host no longer listens on an IPv4 address and port, 0 for every address. */
  public boolean remove(int protocol, int address, int port, int queue) {
    return remove(
        protocol,
        port,
        queue,
        address == 0 ? ListenerRule.any(queue, 0) : ListenerRule.of4(address, queue, 0));
  }

  /** The same for an IPv6 address. */
  public boolean remove6(int protocol, long address, int port, int queue) {
    return remove(protocol, port, queue, rule6(address, queue, 0));
  }

  private synchronized boolean remove(int protocol, int port, int queue, ListenerRule rule) {
    AtomicReferenceArray<ListenerRule[]> page = pages(protocol).get(port >>> 8);
    ListenerRule[] before = page == null ? null : page.get(port & 255);
    if (before == null) {
      return false;
    }
    for (int i = 0; i < before.length; i++) {
      if (before[i].sameAddress(rule) && before[i].has(queue)) {
        ListenerRule[] after = before.clone();
        after[i] = before[i].without(queue);
        if (after[i] == null) {
          after[i] = after[after.length - 1];
          after = Arrays.copyOf(after, after.length - 1);
        }
        page.set(port & 255, after.length == 0 ? null : after);
        return true;
      }
    }
    return false;
  }

  /** Whether anybody listens on a port, on whatever address. */
  public boolean hasPort(int protocol, int port) {
    AtomicReferenceArray<ListenerRule[]> page = pages(protocol).get(port >>> 8);
    return page != null && page.get(port & 255) != null;
  }

  /** The rule for a packet with ports: of its very address before that of any; or null. */
  ListenerRule find(ParsedPacket packet) {
    int port = packet.destinationPort();
    AtomicReferenceArray<ListenerRule[]> page = (packet.isTcp() ? tcp : udp).get(port >>> 8);
    ListenerRule[] rules = page == null ? null : page.get(port & 255);
    if (rules == null) {
      return null;
    }
    ListenerRule any = null;
    for (ListenerRule rule : rules) {
      if (rule.isAny()) {
        any = rule;
      } else if (packet.isIpv4()
          ? rule.is4(packet.destination4())
          : rule.is6(
              Memory.getLongBE(packet.destination6()),
              Memory.getLongBE(packet.destination6() + 8))) {
        return rule;
      }
    }
    return any;
  }
}
