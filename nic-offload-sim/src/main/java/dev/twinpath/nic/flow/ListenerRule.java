package dev.twinpath.nic.flow;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Who listens on a port: the queues whose hosts do, each with its tag. Immutable.
 *
 * <p>A packet that no flow knows goes to the queue that RSS would give it, if that one listens, and
 * to another by its hash otherwise; so a port that a single queue listens on is reached whatever
 * the hash.
 */
final class ListenerRule {
  private final int address4;
  private final long high6;
  private final long low6;
  private final int family;

  /** Sorted, so that the choice does not depend on the order of registration. */
  private final int[] queues;

  private final int[] tags;

  private ListenerRule(int family, int address4, long high6, long low6, int[] queues, int[] tags) {
    this.family = family;
    this.address4 = address4;
    this.high6 = high6;
    this.low6 = low6;
    this.queues = queues;
    this.tags = tags;
  }

  /** For every address of both families. */
  static ListenerRule any(int queue, int tag) {
    return new ListenerRule(0, 0, 0, 0, new int[] {queue}, new int[] {tag});
  }

  /** For an IPv4 address in host order. */
  static ListenerRule of4(int address, int queue, int tag) {
    return new ListenerRule(4, address, 0, 0, new int[] {queue}, new int[] {tag});
  }

  /** For an IPv6 address as two words in network order. */
  static ListenerRule of6(long high, long low, int queue, int tag) {
    return new ListenerRule(6, 0, high, low, new int[] {queue}, new int[] {tag});
  }

  boolean isAny() {
    return family == 0;
  }

  boolean is4(int address) {
    return family == 4 && address4 == address;
  }

  boolean is6(long high, long low) {
    return family == 6 && high6 == high && low6 == low;
  }

  boolean sameAddress(ListenerRule other) {
    return family == other.family
        && address4 == other.address4
        && high6 == other.high6
        && low6 == other.low6;
  }

  boolean has(int queue) {
    return Arrays.binarySearch(queues, queue) >= 0;
  }

  /** The same with the one queue of another rule, which this has not. */
  ListenerRule with(ListenerRule other) {
    int queue = other.queues[0];
    int at = -Arrays.binarySearch(queues, queue) - 1;
    return new ListenerRule(
        family,
        address4,
        high6,
        low6,
        inserted(queues, at, queue),
        inserted(tags, at, other.tags[0]));
  }

  private static int[] inserted(int[] array, int at, int value) {
    int[] changed = Arrays.copyOf(array, array.length + 1);
    System.arraycopy(array, at, changed, at + 1, array.length - at);
    changed[at] = value;
    return changed;
  }

  /** The same without a queue that this has; null when nobody is left. */
  ListenerRule without(int queue) {
    if (queues.length == 1) {
      return null;
    }
    int at = Arrays.binarySearch(queues, queue);
    return new ListenerRule(family, address4, high6, low6, removed(queues, at), removed(tags, at));
  }

  private static int[] removed(int[] array, int at) {
    int[] changed = Arrays.copyOf(array, array.length - 1);
    System.arraycopy(array, at + 1, changed, at, changed.length - at);
    return changed;
  }

  /** Which of the rule's queues takes a packet that RSS would give to a queue. */
  int member(int rssQueue, int hash) {
    int at = Arrays.binarySearch(queues, rssQueue);
    return at >= 0 ? at : (hash & IndirectionTable.LENGTH - 1) % queues.length;
  }

  int queue(int member) {
    return queues[member];
  }

  int tag(int member) {
    return tags[member];
  }

  @Override
  public String toString() {
    String address =
        family == 0
            ? "any"
            : family == 4
                ? HexFormat.of().toHexDigits(address4)
                : HexFormat.of().toHexDigits(high6) + HexFormat.of().toHexDigits(low6);
    return address + " on queues " + Arrays.toString(queues);
  }
}
