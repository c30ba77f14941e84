package dev.twinpath.userstack.tcp;

/**
 * Measures how fast the path delivers (draft-ietf-ccwg-bbr section 4.1, once
 * draft-cheng-iccrg-delivery-rate-estimation), for a congestion control that asks for it: each
 * packet remembers what had been delivered when it left, and its acknowledgment gives a {@link
 * RateSample}. The slower of the rates of sending and of acknowledging counts, so that ACKs that
 * come in a bunch do not look like a fast path.
 */
final class DeliveryRate {
  private static final double SECOND = 1e9;

  final RateSample sample = new RateSample();
  private final Connection connection;

  /** Bytes delivered so far. */
  long delivered;

  /** Bytes marked lost so far; one that is lost twice counts twice. */
  long lost;

  /** When {@link #delivered} grew last. */
  private long deliveredNanos;

  /** When the packet was sent that was acknowledged last, or the first of this flight. */
  private long firstSentNanos;

  /** Until so much is delivered, samples are of what the application had to send; 0 = not. */
  private long appLimitedUntil;

  private long lostBefore;
  private long bestSentNanos;
  private long bestDeliveredNanos;
  private long sendElapsed;

  DeliveryRate(Connection connection) {
    this.connection = connection;
  }

  /** An acknowledgment begins. */
  void begin() {
    lostBefore = lost;
    bestSentNanos = 0;
    sample.priorDelivered = -1;
    sample.appLimited = false;
  }

  /**
   * A packet leaves, for the first time or again.
   *
   * @param idle nothing was outstanding before it
   * @param inflight bytes in flight with it
   * @param sentNanos when it departs
   */
  void onSent(SentSegment segment, boolean idle, long inflight, long sentNanos) {
    if (idle) {
      firstSentNanos = sentNanos;
      deliveredNanos = sentNanos;
    }
    segment.firstSentNanos = firstSentNanos;
    segment.deliveredNanos = deliveredNanos;
    segment.delivered = delivered;
    segment.lost = lost;
    segment.inflightAtSend = inflight;
    segment.appLimited = appLimitedUntil != 0;
  }

  /** A packet was acknowledged or SACKed; the one sent last is what the sample is of. */
  void onDelivered(SentSegment segment) {
    boolean newer =
        segment.delivered > sample.priorDelivered
            || segment.delivered == sample.priorDelivered && segment.sentNanos > bestSentNanos;
    if (segment.deliveredNanos == 0 || !newer) {
      return;
    }
    bestSentNanos = segment.sentNanos;
    bestDeliveredNanos = segment.deliveredNanos;
    sendElapsed = segment.sentNanos - segment.firstSentNanos;
    firstSentNanos = segment.sentNanos;
    sample.priorDelivered = segment.delivered;
    sample.appLimited = segment.appLimited;
    sample.inflightAtSend = segment.inflightAtSend;
    sample.lost = -segment.lost;
  }

  /** A packet was marked lost. */
  void onLost(SentSegment segment) {
    lost += segment.length();
    connection.congestion.onLost(connection, segment);
  }

  /** The acknowledgment is taken in: makes its sample. */
  void finish(Connection c, AckEvent event, long now) {
    delivered += event.delivered;
    if (event.delivered > 0) {
      deliveredNanos = now;
    }
    if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
      appLimitedUntil = 0;
    }
    sample.rtt = event.rttNanos;
    sample.newlyDelivered = event.delivered;
    sample.newlyLost = lost - lostBefore;
    sample.congestionEcho = event.congestionEcho;
    sample.deliveryRate = 0;
    sample.delivered = 0;
    if (sample.priorDelivered < 0) {
      sample.lost = sample.newlyLost;
      sample.inflightAtSend = 0;
      return;
    }
    sample.lost += lost;
    sample.delivered = delivered - sample.priorDelivered;
    long interval = Math.max(sendElapsed, now - bestDeliveredNanos);
    // Faster than the shortest round trip nothing can be measured: a packet was acknowledged that
    // had been thought lost and sent again.
    if (interval >= c.minRtt && interval > 0) {
      sample.deliveryRate = sample.delivered * SECOND / interval;
    }
  }

  /** The application has no more to send, and the window would let it. */
  void onApplicationLimited(long inflight) {
    appLimitedUntil = Math.max(1, delivered + inflight);
  }

  /** Whether samples of packets sent now are the application's rate. */
  boolean isApplicationLimited() {
    return appLimitedUntil != 0;
  }
}
