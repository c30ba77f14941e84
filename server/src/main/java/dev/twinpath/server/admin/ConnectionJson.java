package dev.twinpath.server.admin;

import dev.twinpath.userstack.stack.ConnectionDetails;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.ListenerInfo;
import dev.twinpath.userstack.stack.TimeWaitInfo;
import dev.twinpath.userstack.stack.TimerInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the admin port's JSON says of one connection, listener or TIME_WAIT entry. Names stay as
 * they are: programs read them. Times in milliseconds, sizes in bytes, counts in segments.
 */
final class ConnectionJson {
  private ConnectionJson() {}

  static Map<String, Object> of(int shard, ConnectionInfo info) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("state", info.state().name());
    json.put("recvQ", info.receiveQueue() + info.outOfOrder());
    json.put("sendQ", info.unsent() + info.unacked());
    json.put("local", info.localAddress().withPort(info.localPort()));
    json.put("remote", info.remoteAddress().withPort(info.remotePort()));
    json.put("shard", shard);
    json.put("srttMs", millis(info.smoothedRtt()));
    json.put("rtoMs", millis(info.retransmissionTimeout()));
    json.put("cwnd", info.congestionWindow());
    json.put("ssthresh", threshold(info.slowStartThreshold()));
    json.put("peerWindow", info.sendWindow());
    json.put("mss", info.mss());
    json.put("acked", info.bytesAcked());
    json.put("received", info.bytesReceived());
    json.put("retransmitted", info.retransmittedSegments());
    json.put("timeouts", info.timeouts());
    json.put("recovery", info.recovery());
    json.put("congestion", info.congestionControl());
    json.put("pacingBytesPerSecond", info.pacingRate() == 0 ? "none" : info.pacingRate());
    json.put("options", options(info));
    json.put("backoff", info.backoff());
    json.put("minRttMs", millis(info.minRtt()));
    json.put("bytesRetransmitted", info.retransmittedBytes());
    json.put("segmentsOut", info.segmentsOut());
    json.put("segmentsIn", info.segmentsIn());
    json.put("reordering", info.reordering());
    json.put("window", info.receiveWindow());
    details(json, info.details());
    return json;
  }

  private static void details(Map<String, Object> json, ConnectionDetails d) {
    json.put("rttVarMs", millis(d.rttDeviation()));
    json.put("atoMs", millis(d.ackTimeout()));
    json.put("pathMtu", d.pathMtu());
    json.put("receiveMss", d.receiveMss());
    json.put("advertisedMss", d.advertisedMss());
    json.put("bytesSent", d.bytesSent());
    json.put("dataSegmentsOut", d.dataSegmentsOut());
    json.put("dataSegmentsIn", d.dataSegmentsIn());
    json.put("lastSentMs", millis(d.sinceDataSent()));
    json.put("lastReceivedMs", millis(d.sinceDataReceived()));
    json.put("lastAckMs", millis(d.sinceAckReceived()));
    json.put("delivered", d.delivered());
    json.put("deliveredMarked", d.deliveredMarked());
    json.put("appLimited", d.appLimited());
    json.put("busyMs", millis(d.busyTime()));
    json.put("windowLimitedMs", millis(d.windowLimitedTime()));
    json.put("bufferLimitedMs", millis(d.bufferLimitedTime()));
    json.put("unacked", d.unackedSegments());
    json.put("retransmitting", d.retransmittedNow());
    json.put("lost", d.lostSegments());
    json.put("sacked", d.sackedSegments());
    json.put("duplicates", d.duplicatesReported());
    json.put("receiveRttMs", millis(d.receiveRtt()));
    json.put("receiveSpace", d.receiveSpace());
    json.put("receiveThreshold", d.receiveThreshold());
    json.put("notSent", d.notSent());
    json.put("outOfOrderSegments", d.outOfOrderSegments());
    json.put("receiveBuffer", d.receiveBuffer());
    json.put("receiveMemory", d.receiveMemory());
    json.put("sendBuffer", d.sendBuffer());
    json.put("sendMemory", d.sendMemory());
    json.put("retransmits", d.retransmits());
    json.put("probes", d.probes());
    json.put("orphan", d.orphan());
    timer(json, d.timer());
  }

  static Map<String, Object> of(int shard, ListenerInfo info) {
    Map<String, Object> json = new LinkedHashMap<>();
    String port = ":" + info.localPort();
    json.put("state", "LISTEN");
    json.put("recvQ", info.acceptQueue());
    json.put("sendQ", info.backlog());
    boolean any = info.localAddress().isAny();
    json.put("local", any ? "*" + port : info.localAddress().withPort(info.localPort()));
    json.put("remote", any ? "*:*" : info.localAddress().isV4() ? "0.0.0.0:*" : "[::]:*");
    json.put("shard", shard);
    json.put("handshakes", info.synQueue());
    return json;
  }

  static Map<String, Object> of(int shard, TimeWaitInfo info) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("state", info.state().name());
    json.put("recvQ", 0);
    json.put("sendQ", 0);
    json.put("local", info.localAddress().withPort(info.localPort()));
    json.put("remote", info.remoteAddress().withPort(info.remotePort()));
    json.put("shard", shard);
    timer(json, new TimerInfo("timewait", info.remaining(), 0));
    return json;
  }

  private static void timer(Map<String, Object> json, TimerInfo timer) {
    json.put("timer", timer.kind());
    json.put("timerMs", millis(timer.remaining()));
    json.put("timerCount", timer.count());
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static Object threshold(long bytes) {
    return bytes == Long.MAX_VALUE ? "none" : bytes;
  }

  private static String options(ConnectionInfo info) {
    StringBuilder options = new StringBuilder();
    options.append(info.timestamps() ? "ts " : "").append(info.sack() ? "sack " : "");
    options.append(info.ecn() ? "ecn " : "");
    if (info.sendWindowScale() >= 0) {
      options
          .append("wscale:")
          .append(info.sendWindowScale())
          .append(',')
          .append(info.receiveWindowScale());
    }
    return options.toString().strip();
  }
}
