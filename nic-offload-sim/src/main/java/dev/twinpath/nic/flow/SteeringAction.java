package dev.twinpath.nic.flow;

/**
 * What a {@link SteeringRule} does with a packet.
 *
 * @param kind what is done
 * @param argument the queue or the RSS context, 0 otherwise
 */
public record SteeringAction(Kind kind, int argument) {
  /** The kinds of actions. */
  public enum Kind {
    /** To one queue. */
    QUEUE,
    /** Spread by an RSS context. */
    RSS,
    /** To the NIC's exception queue, marked {@code ReceiveFlags.EXCEPTION}. */
    EXCEPTION,
    /** Dropped, and counted. */
    DROP
  }

  /** To a queue. */
  public static SteeringAction toQueue(int queue) {
    return new SteeringAction(Kind.QUEUE, queue);
  }

  /** Spread by an RSS context. */
  public static SteeringAction rss(int context) {
    return new SteeringAction(Kind.RSS, context);
  }

  /** To the exception queue. */
  public static SteeringAction exception() {
    return new SteeringAction(Kind.EXCEPTION, 0);
  }

  /** Dropped. */
  public static SteeringAction drop() {
    return new SteeringAction(Kind.DROP, 0);
  }
}
