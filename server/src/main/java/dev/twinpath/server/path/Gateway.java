package dev.twinpath.server.path;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.CpuRole;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.userstack.netty.IdleStrategy;
import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackSocketChannel;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The front door of a server whose user stack has no wire to the outside: the kernel accepts, and a
 * relay carries the bytes over a memory wire into the stack, through a client-side stack of the
 * gateway's own. So any client on any interface reaches the user path without a privilege. It
 * copies every byte, and says so in {@code twinpath_copied_bytes_total}; it is never used in a
 * comparison.
 *
 * <p>Thread-safe.
 */
public final class Gateway implements FrontDoor, AutoCloseable {
  /** The gateway's address on the wire, in the network of RFC 2544 that no client is in. */
  public static final String ADDRESS = "198.18.0.1/30";

  /** The server's own address on the wire, for its {@link StackConfig}. */
  public static final String SERVER_ADDRESS = "198.18.0.2/30";

  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final long MAC = 0x02_00_5E_12_00_01L;

  /** Nothing strays on a wire in memory, so a port may be used again soon. */
  private static final int TIME_WAIT_MILLIS = 500;

  private static final int PORT_ATTEMPTS = 64;

  /** A connection that is being made has no handler: the relay's may be added to one only. */
  private static final ChannelHandler NOTHING_YET = new NothingYet();

  private final KernelPathService kernel;
  private final UserStack stack;
  private final EventLoopGroup group;
  private final RelayOrigins origins;
  private final Map<EventExecutor, LoopRecorder> recorders = new IdentityHashMap<>();
  private final Map<Service, InetSocketAddress> targets;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();

  /**
   * Opens the gateway's side of the wire.
   *
   * @param wire the end of a memory wire whose other end is the server's; closed with the gateway
   * @param loops event loops of the gateway, and queues of the wire; those of the server's stack
   * @param kernel where passive listeners of FTP are opened
   * @param targets where the server's stack listens for each service
   * @param firstRecorder index of the first of {@code loops} recorders of the user path
   */
  public Gateway(
      Wire wire,
      int loops,
      KernelPathService kernel,
      Map<Service, InetSocketAddress> targets,
      ServerMetrics metrics,
      int firstRecorder) {
    this.kernel = kernel;
    this.targets = new EnumMap<>(targets);
    StackConfig config = StackConfig.builder().address(ADDRESS).timeWait(TIME_WAIT_MILLIS).build();
    // It shares its cores with the server: it never spins.
    this.stack =
        UserStack.open(
            wire, NicConfig.defaults(MAC).withQueuePairs(loops), config, IdleStrategy.BLOCK);
    this.group =
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory("gateway", true), stack.ioHandlerFactory());
    this.origins = new RelayOrigins(StackAddress.parse(ADDRESS).address().toInetAddress());
    int index = firstRecorder;
    for (EventExecutor loop : group) {
      LoopRecorder recorder = metrics.recorder(DataPath.USERSTACK, index++);
      recorders.put(loop, recorder);
      loop.execute(() -> recorder.attachCurrentThread(CpuRole.GATEWAY));
    }
  }

  /** Knows the clients behind the gateway: for the listeners of the server's stack. */
  public ConnectionOrigin.Resolver origins() {
    return origins;
  }

  /** Passive listeners of FTP for the server's stack, reachable for relayed clients. */
  public PassiveListeners passiveListeners(PassiveListeners direct) {
    return new GatewayPassiveListeners(this, kernel, direct);
  }

  /** The stack on the gateway's side of the wire, for its counters. */
  public UserStack stack() {
    return stack;
  }

  /** Connections that are relayed now. */
  public int relays() {
    return relays.size();
  }

  @Override
  public void accept(Channel accepted, Service service) {
    InetSocketAddress target = targets.get(service);
    if (target == null) {
      Resets.reset(accepted);
    } else {
      relay(accepted, target);
    }
  }

  /** Relays a connection of the kernel to an address of the server's stack. */
  void relay(Channel accepted, InetSocketAddress target) {
    EventLoop loop = group.next();
    LoopRecorder recorder = recorders.get(loop);
    Relay relay =
        new Relay(
            bytes -> recorder.copiedBytes(CopyStage.GATEWAY_IN, bytes),
            bytes -> recorder.copiedBytes(CopyStage.GATEWAY_OUT, bytes));
    relays.add(relay);
    accepted.closeFuture().addListener(closed -> relays.remove(relay));
    accepted.pipeline().addLast(relay.front());
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(UserStackSocketChannel.class)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(NOTHING_YET);
    connect(bootstrap, relay, accepted, target, 0);
  }

  private void connect(
      Bootstrap bootstrap, Relay relay, Channel accepted, InetSocketAddress target, int attempt) {
    Optional<InetSocketAddress> port = origins.take(accepted);
    if (port.isEmpty()) {
      LOG.warn("no port left for another relay");
      Resets.reset(accepted);
      return;
    }
    ChannelFuture connecting = bootstrap.connect(target, port.get());
    connecting.channel().closeFuture().addListener(closed -> origins.giveBack(port.get()));
    connecting.addListener(
        (ChannelFutureListener)
            connected -> {
              if (connected.isSuccess()) {
                connected.channel().pipeline().addLast(relay.back());
                relay.start();
              } else if (connected.cause() instanceof BindException && attempt < PORT_ATTEMPTS) {
                connect(bootstrap, relay, accepted, target, attempt + 1);
              } else {
                // A passive listener may close while its client connects; that is no news.
                LOG.debug("the gateway cannot reach {}", target, connected.cause());
                Resets.reset(accepted);
              }
            });
  }

  /** Ends all relays and closes the wire. */
  @Override
  public void close() {
    relays.forEach(Relay::reset);
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    stack.close();
  }

  @ChannelHandler.Sharable
  private static final class NothingYet extends ChannelInboundHandlerAdapter {}
}
