package dev.twinpath.server.admin;

import dev.twinpath.server.metrics.CpuRole;
import dev.twinpath.server.metrics.ServerMetrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The admin port: HTTP/1.1 on the loopback address, on one event loop of its own. */
public final class AdminServer implements AutoCloseable {
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final int IDLE_SECONDS = 60;

  private final EventLoopGroup group;
  private final Channel listener;

  private AdminServer(EventLoopGroup group, Channel listener) {
    this.group = group;
    this.listener = listener;
  }

  /**
   * Listens on 127.0.0.1.
   *
   * @param port 0 for any free one
   * @throws IOException when the port cannot be had, with a message for the operator
   */
  public static AdminServer start(int port, AdminContext context, ServerMetrics metrics)
      throws IOException {
    return start(port, context, metrics, System::nanoTime);
  }

  /** The same with a clock of the caller's, for pages that are to look the same every time. */
  static AdminServer start(
      int port, AdminContext context, ServerMetrics metrics, LongSupplier nanoClock)
      throws IOException {
    AdminRoutes routes = new AdminRoutes(context, metrics, nanoClock);
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("twinpath-admin", true), NioIoHandler.newFactory());
    group.next().execute(() -> metrics.countThread(Thread.currentThread(), CpuRole.ADMIN));
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new Initializer(routes));
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new IOException(
          "cannot listen on the admin port " + port + ": " + bound.cause().getMessage(),
          bound.cause());
    }
    return new AdminServer(group, bound.channel());
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Stops listening and drops what is open, within a second or two. */
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static final class Initializer extends ChannelInitializer<Channel> {
    private final AdminRoutes routes;

    Initializer(AdminRoutes routes) {
      this.routes = routes;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
          .addLast(new HttpServerCodec())
          .addLast(new HttpServerKeepAliveHandler())
          .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
          .addLast(new AdminHandler(routes));
    }
  }
}
