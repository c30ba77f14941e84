package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.ParsedPacket;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The n-tuple rules of a NIC, in the order in which they are looked at. Added and removed by any
 * thread at any time; a packet is matched against one consistent list, without a lock.
 *
 * <p>Matching walks over the list, as hardware without a TCAM does: without rules it costs nothing,
 * with many some nanoseconds each.
 */
public final class SteeringRules {
  /** The most rules. */
  public static final int MAX_RULES = 1024;

  /** A counter of each queue has a cache line of its own. */
  private static final int STRIDE = 8;

  private static final Installed[] NONE = {};

  /** A rule in the NIC. */
  static final class Installed {
    final int id;
    final SteeringRule rule;

    /** Of the action; null for an action without. */
    final RssContext context;

    /** Each counter belongs to its queue's thread. */
    private final long[] hits;

    private Installed(int id, SteeringRule rule, RssContext context, int queues) {
      this.id = id;
      this.rule = rule;
      this.context = context;
      this.hits = new long[queues * STRIDE];
    }

    void hit(int queue) {
      hits[queue * STRIDE]++;
    }
  }

  /**
   * A rule and what became of it.
   *
   * @param id what {@link #add} returned
   * @param rule the rule
   * @param hits packets that it decided about, of all queues
   */
  public record Listed(int id, SteeringRule rule, long hits) {}

  private final int queues;
  private final RssContexts contexts;
  private int nextId = 1;
  private volatile Installed[] installed = NONE;

  SteeringRules(int queues, RssContexts contexts) {
    this.queues = queues;
    this.contexts = contexts;
    contexts.usedBy(this);
  }

  /**
   * Puts a rule into force.
   *
   * @return its number, greater than 0
   * @throws IllegalArgumentException when its action names a queue or a context that is not there
   * @throws IllegalStateException when there are {@link #MAX_RULES}
   */
  public int add(SteeringRule rule) {
    // The contexts' lock: a context must not go while a rule that names it comes.
    synchronized (contexts) {
      SteeringAction action = rule.action();
      RssContext context =
          action.kind() == SteeringAction.Kind.RSS ? contexts.get(action.argument()) : null;
      if (action.kind() == SteeringAction.Kind.QUEUE
          && (action.argument() < 0 || action.argument() >= queues)) {
        throw new IllegalArgumentException(
            "there is no queue " + action.argument() + ", only 0 to " + (queues - 1));
      }
      if (installed.length == MAX_RULES) {
        throw new IllegalStateException("a NIC has at most " + MAX_RULES + " n-tuple rules");
      }
      List<Installed> changed = new ArrayList<>(List.of(installed));
      Installed added = new Installed(nextId++, rule, context, queues);
      changed.add(added);
      changed.sort(
          Comparator.<Installed>comparingInt(i -> i.rule.priority()).thenComparingInt(i -> i.id));
      installed = changed.toArray(NONE);
      return added.id;
    }
  }

  /** Takes a rule out of force; returns false when there is no such number. */
  public boolean remove(int id) {
    synchronized (contexts) {
      List<Installed> changed = new ArrayList<>(List.of(installed));
      boolean removed = changed.removeIf(i -> i.id == id);
      installed = changed.toArray(NONE);
      return removed;
    }
  }

  /** The rules in the order in which they are looked at. */
  public List<Listed> list() {
    List<Listed> all = new ArrayList<>();
    for (Installed i : installed) {
      all.add(new Listed(i.id, i.rule, sum(i)));
    }
    return all;
  }

  private static long sum(Installed rule) {
    long hits = 0;
    for (int i = 0; i < rule.hits.length; i += STRIDE) {
      hits += rule.hits[i];
    }
    return hits;
  }

  /** Packets that a rule decided about; 0 when there is no such number. */
  public long hits(int id) {
    for (Installed i : installed) {
      if (i.id == id) {
        return sum(i);
      }
    }
    return 0;
  }

  boolean uses(RssContext context) {
    for (Installed i : installed) {
      if (i.context == context) {
        return true;
      }
    }
    return false;
  }

  /** The first rule for a packet, or null. */
  Installed match(ParsedPacket packet) {
    Installed[] rules = installed;
    for (Installed rule : rules) {
      if (rule.rule.matches(packet)) {
        return rule;
      }
    }
    return null;
  }
}
