package dev.twinpath.server.http;

import dev.twinpath.server.ServerContext;
import dev.twinpath.server.path.PathService;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes an accepted channel an HTTP/1.1 connection. The same for both paths; one instance for each.
 * The channel should allow half closure, so that a client may shut its side after its last request.
 */
@Sharable
public final class HttpInitializer extends ChannelInitializer<Channel> {
  private final ServerContext server;
  private final PathService path;
  private final ConcurrentHashMap<EventLoop, HttpLoop> loops = new ConcurrentHashMap<>();

  /** The services of one server on one path. */
  public HttpInitializer(ServerContext server, PathService path) {
    this.server = server;
    this.path = path;
  }

  @Override
  protected void initChannel(Channel channel) {
    HttpLoop loop = loops.computeIfAbsent(channel.eventLoop(), e -> new HttpLoop(server, path, e));
    channel.pipeline().addLast("http", new HttpConnection(loop));
    server.connections().add(channel);
  }
}
