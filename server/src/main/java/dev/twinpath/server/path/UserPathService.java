package dev.twinpath.server.path;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.metrics.UserStackMeters;
import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackServerSocketChannel;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The user path: event loops over the user-level stack, one shard of it for each. */
public final class UserPathService implements PathService, AutoCloseable {
  private static final int BACKLOG = 4096;

  private final UserStack stack;
  private final EventLoopGroup group;
  private final LoopIndex loops;
  private final List<Channel> listeners = new ArrayList<>();

  /**
   * Starts the stack and its event loops.
   *
   * @param wire with as many queues as event loops; closed with the service
   * @param nic with a queue pair for each event loop; its MTU becomes the wire's
   * @param firstSlot index of the first loop's recorder
   */
  public UserPathService(
      Wire wire, NicConfig nic, StackConfig config, ServerMetrics metrics, int firstSlot) {
    int eventLoops = nic.queuePairs();
    stack = UserStack.open(wire, nic.withMtu(UserWires.mtu(wire)), config);
    group =
        new MultiThreadIoEventLoopGroup(
            eventLoops, new DefaultThreadFactory("userstack", true), stack.ioHandlerFactory());
    loops = new LoopIndex(DataPath.USERSTACK, group, metrics, firstSlot);
    UserStackMeters.bind(metrics, stack, group);
  }

  /** The stack below, for its counters and connections. */
  public UserStack stack() {
    return stack;
  }

  /**
   * Listens on every shard of the stack.
   *
   * @param address one of the stack's own, or 0.0.0.0 for all of them
   * @param origins how to look up who is behind a relay, if there is one
   * @throws IOException if the port is taken
   */
  public void listen(
      InetSocketAddress address,
      ChannelHandler pipeline,
      Optional<ConnectionOrigin.Resolver> origins)
      throws IOException {
    for (EventExecutor executor : group) {
      EventLoop loop = (EventLoop) executor;
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(loop, loop)
              .channel(UserStackServerSocketChannel.class)
              .option(ChannelOption.SO_BACKLOG, BACKLOG)
              .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
              .childHandler(pipeline);
      origins.ifPresent(resolver -> bootstrap.attr(ConnectionOrigin.RESOLVER, resolver));
      ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        throw new IOException(bound.cause().getMessage(), bound.cause());
      }
      listeners.add(bound.channel());
    }
  }

  /** Stops listening; connections that are there stay. */
  public void closeListeners() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
    listeners.clear();
  }

  @Override
  public DataPath path() {
    return DataPath.USERSTACK;
  }

  @Override
  public EventLoopGroup group() {
    return group;
  }

  @Override
  public Class<? extends ServerChannel> serverChannelClass() {
    return UserStackServerSocketChannel.class;
  }

  @Override
  public void prepare(Channel channel) {
    // Its channels send mapped pages of any file as they are.
  }

  @Override
  public BodyMode fileMode() {
    return BodyMode.MAPPED;
  }

  @Override
  public LoopRecorder recorder(EventLoop loop) {
    return loops.recorder(loop);
  }

  @Override
  public int slot(EventLoop loop) {
    return loops.slot(loop);
  }

  /** Stops the event loops, and closes the stack with its wire; takes 5 s at most. */
  @Override
  public void close() {
    closeListeners();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    stack.close();
  }
}
