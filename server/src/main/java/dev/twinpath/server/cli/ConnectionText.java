package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/**
 * What {@code ss -tio} says of a connection behind its addresses, from the admin port's JSON: its
 * names and units, its order, and nothing where the value is 0.
 */
final class ConnectionText {
  private static final int USUAL_REORDERING = 3;
  private static final int MAX_THRESHOLD = 0xffff;

  private final JsonNode c;
  private final StringBuilder text = new StringBuilder();

  private ConnectionText(JsonNode connection) {
    c = connection;
  }

  /** The timer that runs, as {@code timer:(on,204ms,0)}; empty if none does. */
  static String timer(JsonNode c) {
    String kind = c.path("timer").asText("off");
    return kind.equals("off")
        ? ""
        : "timer:(%s,%s,%d)"
            .formatted(kind, duration((long) number(c, "timerMs")), c.path("timerCount").asInt());
  }

  /** The second line without its indentation. */
  static String info(JsonNode connection) {
    ConnectionText text = new ConnectionText(connection);
    text.path();
    text.traffic();
    text.rates();
    text.queues();
    text.receiver();
    return text.text.toString().strip();
  }

  private void path() {
    String options = c.path("options").asText();
    int scale = options.indexOf("wscale:");
    word((scale < 0 ? options : options.substring(0, scale)).strip());
    word(c.path("congestion").asText());
    word(scale < 0 ? "" : options.substring(scale));
    time("rto:", "rtoMs");
    count("backoff:", "backoff");
    double rtt = micros("srttMs");
    word(rtt == 0 ? "" : "rtt:" + general(rtt, 6) + "/" + general(micros("rttVarMs"), 6));
    time("ato:", "atoMs");
    count("mss:", "mss");
    count("pmtu:", "pathMtu");
    count("rcvmss:", "receiveMss");
    count("advmss:", "advertisedMss");
    value("cwnd:", segments("cwnd"));
    long threshold = segments("ssthresh");
    value("ssthresh:", threshold < MAX_THRESHOLD ? threshold : 0);
  }

  private void traffic() {
    count("bytes_sent:", "bytesSent");
    count("bytes_retrans:", "bytesRetransmitted");
    count("bytes_acked:", "acked");
    count("bytes_received:", "received");
    count("segs_out:", "segmentsOut");
    count("segs_in:", "segmentsIn");
    count("data_segs_out:", "dataSegmentsOut");
    count("data_segs_in:", "dataSegmentsIn");
  }

  private void rates() {
    if (number(c, "srttMs") > 0) {
      rate("send ", segments("cwnd") * number(c, "mss") * 8000 / number(c, "srttMs"));
    }
    value("lastsnd:", (long) number(c, "lastSentMs"));
    value("lastrcv:", (long) number(c, "lastReceivedMs"));
    value("lastack:", (long) number(c, "lastAckMs"));
    rate("pacing_rate ", number(c, "pacingBytesPerSecond") * 8);
    count("delivered:", "delivered");
    count("delivered_ce:", "deliveredMarked");
    word(c.path("appLimited").asBoolean() ? "app_limited" : "");
    double busy = number(c, "busyMs");
    if (busy > 0) {
      word("busy:" + (long) busy + "ms");
      limited("rwnd_limited:", "windowLimitedMs", busy);
      limited("sndbuf_limited:", "bufferLimitedMs", busy);
    }
  }

  private void queues() {
    count("unacked:", "unacked");
    long now = c.path("retransmitting").asLong();
    long ever = c.path("retransmitted").asLong();
    word(now + ever == 0 ? "" : "retrans:" + now + "/" + ever);
    count("lost:", "lost");
    count("sacked:", "sacked");
    count("dsack_dups:", "duplicates");
    long reordering = c.path("reordering").asLong();
    value("reordering:", reordering == USUAL_REORDERING ? 0 : reordering);
  }

  private void receiver() {
    time("rcv_rtt:", "receiveRttMs");
    count("rcv_space:", "receiveSpace");
    count("rcv_ssthresh:", "receiveThreshold");
    count("notsent:", "notSent");
    time("minrtt:", "minRttMs");
    count("rcv_ooopack:", "outOfOrderSegments");
    count("snd_wnd:", "peerWindow");
    count("rcv_wnd:", "window");
  }

  private static double number(JsonNode c, String name) {
    return c.path(name).asDouble();
  }

  private long segments(String name) {
    return c.path(name).asLong() / Math.max(1, c.path("mss").asLong());
  }

  private void word(String word) {
    if (!word.isEmpty()) {
      text.append(' ').append(word);
    }
  }

  private void value(String label, long value) {
    word(value == 0 ? "" : label + value);
  }

  private void count(String label, String name) {
    value(label, c.path(name).asLong());
  }

  /** Milliseconds; the kernel counts in microseconds, so that less is nothing. */
  private double micros(String name) {
    return Math.floor(number(c, name) * 1000) / 1000;
  }

  private void time(String label, String name) {
    double millis = micros(name);
    word(millis == 0 ? "" : label + general(millis, 6));
  }

  private void rate(String label, double bitsPerSecond) {
    word(bitsPerSecond == 0 ? "" : label + bandwidth(bitsPerSecond) + "bps");
  }

  private void limited(String label, String name, double busy) {
    double millis = number(c, name);
    if (millis > 0) {
      word("%s%dms(%.1f%%)".formatted(label, (long) millis, 100 * millis / busy));
    }
  }

  /** Bits a second as ss writes them: three digits and a decimal prefix. */
  static String bandwidth(double bits) {
    String prefixes = "TGMk";
    double unit = 1e12;
    for (int i = 0; i < prefixes.length(); i++) {
      if (bits >= unit) {
        return general(bits / unit, 3) + prefixes.charAt(i);
      }
      unit /= 1000;
    }
    return general(bits, 6);
  }

  /** C's %g: so many significant digits, no zeros at the end; an exponent for the largest. */
  static String general(double value, int digits) {
    if (value == 0) {
      return "0";
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits));
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= digits || exponent < -4) {
      String mantissa = rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString();
      return mantissa + String.format(Locale.ROOT, "e%+03d", exponent);
    }
    return rounded.stripTrailingZeros().toPlainString();
  }

  /** A duration in milliseconds as ss writes it: 204ms, 1.500sec, 46sec, 1min30sec, 25min. */
  static String duration(long millis) {
    long minutes = millis / 60_000;
    long seconds = minutes > 9 ? 0 : millis / 1000 % 60;
    long rest = minutes > 0 || seconds > 9 ? 0 : millis % 1000;
    StringBuilder text = new StringBuilder();
    if (minutes > 0) {
      text.append(minutes).append("min");
    }
    if (seconds > 0) {
      text.append(seconds).append(rest > 0 ? "." : "sec");
    }
    if (rest > 0) {
      text.append(String.format(Locale.ROOT, "%03d", rest)).append(seconds > 0 ? "sec" : "ms");
    }
    return text.toString();
  }
}
