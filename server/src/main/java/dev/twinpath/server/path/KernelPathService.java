package dev.twinpath.server.path;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.ServerMetrics;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** The kernel path: event loops over a {@link KernelTransport}. */
public final class KernelPathService implements PathService, AutoCloseable {
  private final KernelTransport transport;
  private final EventLoopGroup group;
  private final LoopIndex loops;

  /**
   * Starts the event loops.
   *
   * @param transport one that is available
   */
  public KernelPathService(
      KernelTransport transport, int eventLoops, ServerMetrics metrics, int firstSlot) {
    this.transport = transport;
    this.group =
        new MultiThreadIoEventLoopGroup(
            eventLoops,
            new DefaultThreadFactory("kernel-" + transport.label(), true),
            transport.ioHandlerFactory());
    this.loops = new LoopIndex(DataPath.SENDFILE, group, metrics, firstSlot);
  }

  /** The transport below. */
  public KernelTransport transport() {
    return transport;
  }

  @Override
  public DataPath path() {
    return DataPath.SENDFILE;
  }

  @Override
  public EventLoopGroup group() {
    return group;
  }

  @Override
  public Class<? extends ServerChannel> serverChannelClass() {
    return transport.serverChannelClass();
  }

  @Override
  public void prepare(Channel channel) {
    transport.prepare(channel);
  }

  @Override
  public BodyMode fileMode() {
    return transport == KernelTransport.IO_URING ? BodyMode.SPLICE : BodyMode.SENDFILE;
  }

  @Override
  public LoopRecorder recorder(EventLoop loop) {
    return loops.recorder(loop);
  }

  @Override
  public int slot(EventLoop loop) {
    return loops.slot(loop);
  }

  /** Stops the event loops; waits for them, 5 s at most. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
