package dev.twinpath.server.path;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The connections with clients, for the end of the server. Control connections of FTP and HTTP
 * connections are added by their initialisers. Thread-safe.
 */
public final class OpenConnections {
  /**
   * Fired into each pipeline when the server drains: close now if idle, else after what is under
   * way.
   */
  public static final Object DRAIN = "drain";

  private final ChannelGroup channels =
      new DefaultChannelGroup("connections", GlobalEventExecutor.INSTANCE);
  private volatile boolean draining;

  /** Adds a connection; it leaves by itself when it closes. */
  public void add(Channel channel) {
    channels.add(channel);
    if (draining) {
      channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(DRAIN));
    }
  }

  /** True once the server has begun to end. */
  public boolean draining() {
    return draining;
  }

  /** Connections that are open. */
  public int count() {
    return channels.size();
  }

  /**
   * Asks every connection to end, waits, and closes what is left.
   *
   * @return how many had to be cut
   */
  public int drain(Duration limit) {
    draining = true;
    for (Channel channel : channels) {
      channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(DRAIN));
    }
    boolean done =
        channels.newCloseFuture().awaitUninterruptibly(limit.toMillis(), TimeUnit.MILLISECONDS);
    int left = done ? 0 : channels.size();
    channels.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    return left;
  }
}
