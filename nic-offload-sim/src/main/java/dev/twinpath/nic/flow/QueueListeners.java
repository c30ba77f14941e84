package dev.twinpath.nic.flow;

/**
 * One queue's listeners in the NIC's {@link ListenerRules}: the host above the queue says on which
 * ports it takes new connections. Any thread.
 */
public final class QueueListeners {
  private final ListenerRules rules;
  private final int queue;

  /** The listeners of a queue. */
  public QueueListeners(ListenerRules rules, int queue) {
    this.rules = rules;
    this.queue = queue;
  }

  /**
   * New connections to a port may come to this queue; other queues may listen there too.
   *
   * @param address IPv4 in host order, 0 for every address
   * @param tag not negative; comes with packets, marked {@code ReceiveFlags.LISTENER}
   * @return false when the queue had that listener already
   */
  public boolean add(int protocol, int address, int port, int tag) {
    return rules.add(protocol, address, port, queue, tag);
  }

  /** New connections to a port no longer come to this queue, unless nobody else listens there. */
  public boolean remove(int protocol, int address, int port) {
    return rules.remove(protocol, address, port, queue);
  }

  /** The same as {@link #add} for an IPv6 address, where its 16 bytes lie. */
  public boolean add6(int protocol, long address, int port, int tag) {
    return rules.add6(protocol, address, port, queue, tag);
  }

  /** The same as {@link #remove} for an IPv6 address. */
  public boolean remove6(int protocol, long address, int port) {
    return rules.remove6(protocol, address, port, queue);
  }

  /** Whether any queue has a listener on a port, whatever its address. */
  public boolean isTaken(int protocol, int port) {
    return rules.hasPort(protocol, port);
  }
}
