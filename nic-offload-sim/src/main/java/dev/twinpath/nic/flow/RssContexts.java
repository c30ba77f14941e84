package dev.twinpath.nic.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The RSS contexts of a NIC, by number. Any thread. */
public final class RssContexts {
  /** The most contexts, the default one included. */
  public static final int MAX_CONTEXTS = 64;

  private final int queues;
  private final TreeMap<Integer, RssContext> contexts = new TreeMap<>();
  private SteeringRules rules;

  /**
   * @param queues of the NIC, over which context 0 spreads evenly
   * @param key of context 0, {@link ToeplitzHash#KEY_LENGTH} bytes
   */
  RssContexts(int queues, byte[] key) {
    this.queues = queues;
    contexts.put(
        RssContext.DEFAULT,
        new RssContext(
            RssContext.DEFAULT,
            queues,
            new ToeplitzHash(key),
            HashFields.PORTS,
            IndirectionTable.equal(queues)));
  }

  void usedBy(SteeringRules users) {
    rules = users;
  }

  /**
   * Makes a context with the key and the fields that context 0 has now, and a table of its own.
   *
   * @throws IllegalArgumentException when the table names a queue that is not there
   * @throws IllegalStateException when there are {@link #MAX_CONTEXTS}
   */
  public synchronized RssContext create(IndirectionTable table) {
    if (contexts.size() == MAX_CONTEXTS) {
      throw new IllegalStateException("a NIC has at most " + MAX_CONTEXTS + " RSS contexts");
    }
    int id = 1;
    while (contexts.containsKey(id)) {
      id++;
    }
    RssContext defaults = contexts.get(RssContext.DEFAULT);
    RssContext context = new RssContext(id, queues, defaults.hash(), defaults.fields(), table);
    contexts.put(id, context);
    return context;
  }

  /**
   * A context by number.
   *
   * @throws IllegalArgumentException when there is none
   */
  public synchronized RssContext get(int id) {
    RssContext context = contexts.get(id);
    if (context == null) {
      throw new IllegalArgumentException("there is no RSS context " + id);
    }
    return context;
  }

  /** All contexts, by number. */
  public synchronized List<RssContext> list() {
    return new ArrayList<>(contexts.values());
  }

  /**
   * Removes a context.
   *
   * @throws IllegalArgumentException when there is none, or it is context 0
   * @throws IllegalStateException when a rule names it: remove the rule first
   */
  public synchronized void remove(int id) {
    RssContext context = get(id);
    if (id == RssContext.DEFAULT) {
      throw new IllegalArgumentException("the default RSS context cannot be removed");
    }
    if (rules.uses(context)) {
      throw new IllegalStateException(
          "RSS context " + id + " is in use by an n-tuple rule: remove that first");
    }
    contexts.remove(id);
  }
}
