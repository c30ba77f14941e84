package dev.twinpath.server.ftp;

import dev.twinpath.server.ServerContext;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.path.DirectPassiveListeners;
import dev.twinpath.server.path.OpenConnections;
import dev.twinpath.server.path.PassiveListeners;
import dev.twinpath.server.path.PathService;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;

/** The pipeline of FTP control connections; the same on both paths. */
public final class FtpInitializer extends ChannelInitializer<Channel> {
  private final FtpContext context;
  private final OpenConnections connections;

  /** For a path whose listeners clients reach directly. */
  public FtpInitializer(ServerContext server, PathService path) {
    this(server, path, new DirectPassiveListeners(path));
  }

  /**
   * For any path.
   *
   * @param passive opens data listeners that clients of this path reach
   */
  public FtpInitializer(ServerContext server, PathService path, PassiveListeners passive) {
    FtpLimits limits = server.config().ftp();
    this.connections = server.connections();
    this.context =
        new FtpContext(
            limits,
            new FtpContent(server.content()),
            passive,
            new SessionLimits(limits.maxSessions(), limits.maxSessionsPerClient()),
            path::recorder);
  }

  @Override
  protected void initChannel(Channel channel) {
    connections.add(channel);
    channel.pipeline().addLast(new FtpControlHandler(context));
  }
}
