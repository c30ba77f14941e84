package dev.twinpath.server.admin;

import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackIoHandler;
import dev.twinpath.userstack.stack.ConnectionInfo;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The user stack's connections as {@code ss -ti} shows the kernel's: each shard is asked on its own
 * loop.
 */
public final class UserStackConnections {
  private static final int PATIENCE_SECONDS = 5;

  private UserStackConnections() {}

  /**
   * Asks every shard.
   *
   * @param group the event loops of the stack, in the order in which they were made
   * @return fails when a loop does not answer within five seconds
   */
  public static CompletionStage<List<Map<String, Object>>> of(
      UserStack stack, EventLoopGroup group) {
    CompletableFuture<List<Map<String, Object>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    int index = 0;
    for (EventExecutor loop : group) {
      int shard = index++;
      UserStackIoHandler handler = stack.loops().get(shard);
      CompletableFuture<List<Map<String, Object>>> answer =
          CompletableFuture.supplyAsync(() -> ofShard(shard, handler), loop);
      all =
          all.thenCombine(
              answer,
              (before, more) -> {
                before.addAll(more);
                return before;
              });
    }
    return all.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static List<Map<String, Object>> ofShard(int shard, UserStackIoHandler handler) {
    List<Map<String, Object>> connections = new ArrayList<>();
    handler.shard().forEachConnection(info -> connections.add(toJson(shard, info)));
    return connections;
  }

  private static Map<String, Object> toJson(int shard, ConnectionInfo info) {
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
    return json;
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
