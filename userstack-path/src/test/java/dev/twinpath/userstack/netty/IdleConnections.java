package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What idle connections cost in memory: so many of them over the memory wire, each after one
 * exchange of 100 bytes. First both ends are bare shards, then the server's end is a Netty channel
 * with a pipeline. A main for the test class path; the arguments are the numbers of idle and of
 * active connections.
 */
public final class IdleConnections {
  private static final int PORTS = 8;
  private static final int MESSAGE = 100;

  private IdleConnections() {}

  /** Prints bytes of heap and of mapped memory per connection. */
  public static void main(String[] args) throws Exception {
    int idle = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    int active = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    double bare = bareShards(idle, active);
    netty(idle, active, bare);
  }

  private static final class Echo implements ConnectionHandler {
    private TcpConnection connection;
    private long echoed;

    @Override
    public int onData(long address, int length) {
      if (connection != null) {
        connection.sendBytes(address, length);
        connection.flush();
      }
      echoed += length;
      return length;
    }

    @Override
    public void onRemoteClosed() {}

    @Override
    public void onClosed(CloseCause cause) {
      if (cause != CloseCause.STACK_CLOSED) {
        throw new AssertionError("a connection ended: " + cause);
      }
    }
  }

  private static NicConfig nic(long mac, int connections) {
    return NicConfig.defaults(mac).withMaxFlows(connections + 1024);
  }

  private static StackConfig.Builder stack(String address, int connections) {
    return StackConfig.builder()
        .address(address)
        .ephemeralPorts(10_000, 60_000)
        .maxConnections(connections + 16);
  }

  private static double bareShards(int idle, int active) throws IOException {
    MemoryWire.Pair wire = MemoryWire.pair();
    int all = idle + active;
    try (UserStackLike server = new UserStackLike(wire.left(), 1, stack("10.9.0.2/24", all), all);
        UserStackLike client = new UserStackLike(wire.right(), 2, stack("10.9.0.1/24", all), all);
        Arena arena = Arena.ofShared()) {
      for (int port = 1; port <= PORTS; port++) {
        server.shard.listen(
            0,
            port,
            4096,
            c -> {
              Echo echo = new Echo();
              echo.connection = c;
              return echo;
            });
      }
      Usage before = Usage.now();
      Clients clients = new Clients(client.shard, arena, all);
      clients.open(() -> server.poll(), idle, active);
      Usage after = Usage.now();
      double each = (after.heap - before.heap) / 2.0 / all;
      System.out.printf(
          "bare shards: %,d connections, heap %.0f B and resident memory %.0f B each end's"
              + " connection (handler included)%n",
          all, each, (after.resident - before.resident) / 2.0 / all);
      clients.exchange(() -> server.poll(), active, 20);
      return each;
    }
  }

  private static void netty(int idle, int active, double bare) throws Exception {
    int all = idle + active;
    MemoryWire.Pair wire = MemoryWire.pair();
    UserStack stack =
        UserStack.open(wire.left(), nic(0x020000000001L, all), stack("10.9.0.2/24", all).build());
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory());
    try (UserStackLike client = new UserStackLike(wire.right(), 2, stack("10.9.0.1/24", all), all);
        Arena arena = Arena.ofShared()) {
      for (int port = 1; port <= PORTS; port++) {
        new ServerBootstrap()
            .group(group, group)
            .channel(UserStackServerSocketChannel.class)
            .childHandler(new Pipeline())
            .bind("10.9.0.2", port)
            .sync();
      }
      Usage before = Usage.now();
      Clients clients = new Clients(client.shard, arena, all);
      clients.open(() -> 0, idle, active);
      Usage after = Usage.now();
      System.out.printf(
          "with Netty: %,d connections, heap %.0f B for stack, channel and pipeline of HTTP codec"
              + " and idle handler%n",
          all, (after.heap - before.heap) / (double) all - bare);
      clients.exchange(() -> 0, active, 20);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
      stack.close();
    }
  }

  /** The handlers that an HTTP server has at least; the last one echoes instead of serving. */
  private static final class Pipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      channel
          .pipeline()
          .addLast(new IdleStateHandler(0, 0, 3600))
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                  // Ahead of the codec, for what comes here is not HTTP.
                  ctx.writeAndFlush((ByteBuf) message);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                  // The clients' shard is closed at the end, with a reset for each.
                  ctx.close();
                }
              })
          .addLast(new HttpServerCodec());
    }
  }

  /** A shard with its NIC, polled by who owns it. */
  private static final class UserStackLike implements AutoCloseable {
    final dev.twinpath.nic.device.Nic nic;
    final StackShard shard;

    UserStackLike(
        dev.twinpath.nic.wire.Wire wire, long mac, StackConfig.Builder config, int connections) {
      nic = new dev.twinpath.nic.device.Nic(nic(0x020000000000L + mac, connections), wire);
      shard = new StackShard(config.build(), nic, 0, mac, System.nanoTime());
    }

    int poll() {
      return shard.poll(System.nanoTime());
    }

    @Override
    public void close() {
      shard.close();
      nic.close();
    }
  }

  private interface Poll {
    int poll();
  }

  /** The clients' end. */
  private static final class Clients {
    private final StackShard shard;
    private final TcpConnection[] connections;
    private final Echo counting = new Echo();
    private final long message;

    Clients(StackShard shard, Arena arena, int count) {
      this.shard = shard;
      connections = new TcpConnection[count];
      message = arena.allocate(MESSAGE).address();
      Memory.fill(message, MESSAGE, 1);
    }

    private void runUntil(Poll other, java.util.function.BooleanSupplier done) {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
      while (!done.getAsBoolean()) {
        shard.poll(System.nanoTime());
        other.poll();
        if (System.nanoTime() > deadline) {
          throw new AssertionError("echoed " + counting.echoed + " bytes in two minutes");
        }
      }
    }

    void open(Poll other, int idle, int active) {
      long expected = 0;
      for (int i = 0; i < idle + active; i++) {
        connections[i] =
            shard.connect(
                0,
                0,
                dev.twinpath.userstack.ip.Ipv4Address.parse("10.9.0.2"),
                1 + i % PORTS,
                counting);
        connections[i].sendBytes(message, MESSAGE);
        connections[i].flush();
        expected += MESSAGE;
        if (i % 64 == 63 || i == idle + active - 1) {
          long wanted = expected;
          runUntil(other, () -> counting.echoed == wanted);
        }
      }
    }

    /** The last ones exchange messages while the others are idle. */
    void exchange(Poll other, int active, int rounds) {
      long start = System.nanoTime();
      long wanted = counting.echoed;
      for (int round = 0; round < rounds; round++) {
        for (int i = connections.length - active; i < connections.length; i++) {
          connections[i].sendBytes(message, MESSAGE);
          connections[i].flush();
          wanted += MESSAGE;
          if (i % 256 == 0) {
            long soFar = wanted;
            runUntil(other, () -> counting.echoed == soFar);
          }
        }
        long all = wanted;
        runUntil(other, () -> counting.echoed == all);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "  %,d active ones beside them: %,d exchanges in %.1f s, no error%n",
          active, (long) active * rounds, seconds);
    }
  }

  private record Usage(long heap, long resident) {
    static Usage now() throws IOException {
      for (int i = 0; i < 3; i++) {
        System.gc();
      }
      long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      long resident = 0;
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("RssFile")
            || line.startsWith("RssShmem")
            || line.startsWith("RssAnon")) {
          resident += Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
      return new Usage(heap, resident);
    }
  }
}
