package dev.twinpath.nic.flow;

/**
 * Where received packets go, for the whole NIC. In this order:
 *
 * <ol>
 *   <li>{@link SteeringRules n-tuple rules} by priority. An operator's word is above what hosts
 *       arranged among themselves, as {@code ethtool -N} is above RSS and above accelerated RFS in
 *       Linux's drivers.
 *   <li>ARP and IPv6 neighbour discovery go to every queue, because each queue's host has a
 *       neighbour cache of its own.
 *   <li>The {@link FlowTable}: a packet of a known connection goes to the queue that has it,
 *       whatever its hash (accelerated RFS: Documentation/networking/scaling.rst). An ICMP error
 *       goes where the packet that it quotes belongs.
 *   <li>{@link ListenerRules}: a new connection goes to a queue that listens.
 *   <li>RSS by {@link RssContexts context} 0, so that everything else reaches a host too.
 * </ol>
 *
 * <p>All of it may be changed from any thread while packets flow.
 */
public final class Steering implements AutoCloseable {
  private final int queues;
  private final FlowTable flows;
  private final RssContexts contexts;
  private final SteeringRules rules;
  private final ListenerRules listeners = new ListenerRules();
  private volatile int exceptionQueue;
  private volatile boolean keepsArrivals;

  /**
   * @param queues of the NIC
   * @param maxFlows of the flow table
   * @param seed of the flow table's hash
   * @param key of the receive hash, {@link ToeplitzHash#KEY_LENGTH} bytes
   */
  public Steering(int queues, int maxFlows, long seed, byte[] key) {
    this.queues = queues;
    this.contexts = new RssContexts(queues, key);
    this.rules = new SteeringRules(queues, contexts);
    this.flows = new FlowTable(queues, maxFlows, seed);
  }

  public FlowTable flows() {
    return flows;
  }

  public RssContexts contexts() {
    return contexts;
  }

  public SteeringRules rules() {
    return rules;
  }

  public ListenerRules listeners() {
    return listeners;
  }

  /** Queues of the NIC. */
  public int queues() {
    return queues;
  }

  /**
   * Whether a new connection stays on the queue that the wire gave it to, when a host listens
   * there, instead of going where RSS says. For wires that spread flows by themselves, and always
   * the same way: a kernel's fanout, the sender's own queue. RSS on top of that would only move
   * frames from queue to queue. Off unless somebody asks: hardware's wire chooses no queue.
   */
  public void keepArrivals(boolean on) {
    keepsArrivals = on;
  }

  /** Whether {@link #keepArrivals} is on. */
  public boolean keepsArrivals() {
    return keepsArrivals;
  }

  /** Where rules with the action EXCEPTION send; queue 0 if nobody chose. */
  public void exceptionQueue(int queue) {
    if (queue < 0 || queue >= queues) {
      throw new IllegalArgumentException(
          "there is no queue " + queue + ", only 0 to " + (queues - 1));
    }
    exceptionQueue = queue;
  }

  /** Where rules with the action EXCEPTION send. */
  public int exceptionQueue() {
    return exceptionQueue;
  }

  /** Frees the flow table. No queue works any more. */
  @Override
  public void close() {
    flows.close();
  }
}
