package dev.twinpath.nic.flow;

/**
 * One queue's flows in the NIC's {@link FlowTable}: the host above the queue says which packets are
 * its own, and finds them by tag.
 *
 * <p>Any thread, though a queue has one host. IPv4 addresses are ints in host order, IPv6 addresses
 * are where their 16 bytes lie.
 */
public final class QueueFlows {
  private final FlowTable table;
  private final int queue;

  /** The flows of a queue. */
  public QueueFlows(FlowTable table, int queue) {
    this.table = table;
    this.queue = queue;
  }

  /**
   * Adds a flow, or changes its tag. From then on its packets come to this queue.
   *
   * @param protocol the IP protocol's number, 1 to 255
   * @param localAddress ours: the destination of what is received
   * @param localPort 0 to 65535
   * @param remoteAddress the peer's address
   * @param remotePort the peer's port
   * @param tag not negative
   * @return false when the flow is another queue's, or the table is full
   */
  public boolean insert(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort, int tag) {
    return table.insert(queue, protocol, localAddress, localPort, remoteAddress, remotePort, tag)
        == FlowTable.Insertion.DONE;
  }

  /** The same over IPv6. */
  public boolean insert6(
      int protocol, long localAddress, int localPort, long remoteAddress, int remotePort, int tag) {
    return table.insert6(queue, protocol, localAddress, localPort, remoteAddress, remotePort, tag)
        == FlowTable.Insertion.DONE;
  }

  /** The tag of a flow of this queue, or {@link FlowTable#NONE}. */
  public int lookup(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    return own(table.find(protocol, localAddress, localPort, remoteAddress, remotePort));
  }

  /** The same over IPv6. */
  public int lookup6(
      int protocol, long localAddress, int localPort, long remoteAddress, int remotePort) {
    return own(table.find6(protocol, localAddress, localPort, remoteAddress, remotePort));
  }

  private int own(long found) {
    return found != FlowTable.NONE && FlowTable.queue(found) == queue
        ? FlowTable.tag(found)
        : FlowTable.NONE;
  }

  /** Whether this queue or another has the flow. */
  public boolean isTaken(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    return table.find(protocol, localAddress, localPort, remoteAddress, remotePort)
        != FlowTable.NONE;
  }

  /** The same over IPv6. */
  public boolean isTaken6(
      int protocol, long localAddress, int localPort, long remoteAddress, int remotePort) {
    return table.find6(protocol, localAddress, localPort, remoteAddress, remotePort)
        != FlowTable.NONE;
  }

  /**
   * Removes a flow of this queue.
   *
   * @return its tag, or {@link FlowTable#NONE} when the queue has no such flow
   */
  public int remove(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    return table.remove(queue, protocol, localAddress, localPort, remoteAddress, remotePort);
  }

  /** The same over IPv6. */
  public int remove6(
      int protocol, long localAddress, int localPort, long remoteAddress, int remotePort) {
    return table.remove6(queue, protocol, localAddress, localPort, remoteAddress, remotePort);
  }

  /** Flows of this queue. */
  public int size() {
    return table.size(queue);
  }

  /** Whether the NIC has no room for another flow, of any queue. */
  public boolean isFull() {
    return table.size() >= table.maxFlows();
  }
}
