package dev.twinpath.userstack.stack;

import java.util.Locale;

/** A trace's events as lines of text, near to tcpdump's. */
public final class TraceText implements ConnectionTrace.Visitor {
  private static final String[] PHASES = {"open", "disorder", "cwr", "recovery", "loss"};
  private static final String FLAGS = "FSRP.UEC";

  private final StringBuilder text = new StringBuilder();
  private long originNanos = Long.MIN_VALUE;

  /** The lines so far, and forgets them. */
  public String take() {
    String lines = text.toString();
    text.setLength(0);
    return lines;
  }

  @Override
  public void event(
      long index, long nanos, TraceEvent event, long a, long b, long c, long d, long e) {
    if (originNanos == Long.MIN_VALUE) {
      originNanos = nanos;
    }
    text.append(String.format(Locale.ROOT, "%12.6f ", (nanos - originNanos) / 1e9));
    switch (event) {
      case SEGMENT_IN:
        segment("<", a, b, c, d, e);
        break;
      case SEGMENT_OUT:
        segment(">", a, b, c, d, e);
        break;
      case RETRANSMIT:
        segment("> again", a, b, c, d, e);
        break;
      case STATE:
        text.append("state ").append(state(a)).append(" -> ").append(state(b));
        break;
      case ACKED:
        text.append("acked una ").append(a).append(" nxt ").append(b);
        window(c, d);
        text.append(String.format(Locale.ROOT, " srtt %.3f ms", e / 1e6));
        break;
      case RECOVERY:
        text.append("recovery ").append(phase(a)).append(" -> ").append(phase(b));
        window(c, d);
        text.append(" lost ").append(e);
        break;
      case TIMEOUT:
        text.append(String.format(Locale.ROOT, "timeout %d rto %.0f ms", a, b / 1e6));
        text.append(" cwnd ").append(c);
        break;
      case LOSS_PROBE:
        text.append("loss probe due");
        break;
      case WINDOW_PROBE:
        text.append("window probe due, unanswered ").append(a);
        break;
      case KEEPALIVE_PROBE:
        text.append("keep-alive probe due, unanswered ").append(a);
        break;
      case PARKED:
        text.append("waits for a page of the file");
        break;
      case CLOSED:
        text.append("closed, ").append(CloseCause.values()[(int) a]);
        break;
    }
    text.append('\n');
  }

  private void segment(
      String direction, long sequence, long length, long ack, long window, long bits) {
    text.append(direction).append(" [");
    for (int i = 0; i < FLAGS.length(); i++) {
      if ((bits >> i & 1) != 0) {
        text.append(FLAGS.charAt(i));
      }
    }
    text.append("] seq ").append(sequence);
    if (length > 0) {
      text.append(':').append(sequence + length);
    }
    if ((bits & 16) != 0) {
      text.append(" ack ").append(ack);
    }
    text.append(" win ").append(window);
  }

  private void window(long cwnd, long threshold) {
    text.append(" cwnd ").append(cwnd).append(" ssthresh ");
    if (threshold == Long.MAX_VALUE) {
      text.append("none");
    } else {
      text.append(threshold);
    }
  }

  private static String phase(long number) {
    return PHASES[(int) number];
  }

  private static String state(long ordinal) {
    return TcpState.values()[(int) ordinal].name();
  }
}
