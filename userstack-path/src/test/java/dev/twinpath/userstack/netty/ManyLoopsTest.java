package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One stack on several loops: a listener on each, children where their packets arrive. */
@Timeout(60)
class ManyLoopsTest {
  @TempDir private Path directory;

  @Test
  @RequiresRoot(commands = {"ip", "curl"})
  void connectionsSpreadOverTheQueuesOfATap() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TinyHttp http = new TinyHttp()) {
      UserStack stack =
          UserStack.open(
              namespace.openTap("tap0", 2, "10.7.1.1/24"),
              NicConfig.defaults(0x02_00_00_00_07_03L).withQueuePairs(2),
              StackConfig.builder().address("10.7.1.2/24").build());
      EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, stack.ioHandlerFactory());
      Set<EventLoop> used = ConcurrentHashMap.newKeySet();
      for (EventExecutor executor : group) {
        EventLoop loop = (EventLoop) executor;
        new ServerBootstrap()
            .group(loop, loop)
            .channel(UserStackServerSocketChannel.class)
            .childHandler(
                new TransportContract.Accepted2(
                    () -> {
                      used.add(loop);
                      return http;
                    }))
            .bind("10.7.1.2", 80)
            .sync();
      }
      http.add("/f", Files.write(directory.resolve("f"), TransportContract.pattern(200_000)));
      String out =
          namespace
              .shell(
                  "for i in $(seq 40); do curl -sS --max-time 20 -o /dev/null"
                      + " -w '%{size_download}\\n' http://10.7.1.2/f; done")
              .check();
      assertThat(out.lines()).hasSize(40).containsOnly("200000");
      assertThat(used).as("loops that accepted").hasSize(2);
      checkHandOvers(stack);
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
      stack.close();
    }
  }

  /** The kernel follows the queue that answers: only a connection's first frames change queues. */
  private static void checkHandOvers(UserStack stack) {
    long received = 0;
    long handedOver = 0;
    long flows = 0;
    for (UserStackIoHandler loop : stack.loops()) {
      NicCounters counters = loop.shard().queuePair().counters();
      received += counters.receivedPackets();
      handedOver += counters.crossbarOut();
      flows += counters.flowMatches();
      assertThat(counters.crossbarFull()).isZero();
    }
    assertThat(flows).as("frames of known connections").isPositive();
    assertThat(handedOver).as("of %d frames", received).isLessThan(received / 2);
  }

  /** A port of one loop is reached whatever queue the hash names. */
  @Test
  @RequiresRoot(commands = {"ip", "curl"})
  void aListenerOfOneLoopGetsEveryConnection() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TinyHttp http = new TinyHttp()) {
      UserStack stack =
          UserStack.open(
              namespace.openTap("tap0", 2, "10.7.1.1/24"),
              NicConfig.defaults(0x02_00_00_00_07_03L).withQueuePairs(2),
              StackConfig.builder().address("10.7.1.2/24").build());
      EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, stack.ioHandlerFactory());
      // A loop starts with its first task; from then on it serves its queue.
      for (EventExecutor executor : group) {
        executor.submit(() -> {}).sync();
      }
      EventLoop loop = group.next();
      new ServerBootstrap()
          .group(loop, loop)
          .channel(UserStackServerSocketChannel.class)
          .childHandler(new TransportContract.Accepted2(() -> http))
          .bind("10.7.1.2", 80)
          .sync();
      http.add("/f", Files.write(directory.resolve("f"), TransportContract.pattern(50_000)));
      String out =
          namespace
              .shell(
                  "for i in $(seq 20); do curl -sS --max-time 20 -o /dev/null"
                      + " -w '%{size_download}\\n' http://10.7.1.2/f; done")
              .check();
      assertThat(out.lines()).hasSize(20).containsOnly("50000");
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
      stack.close();
    }
  }

  @Test
  void aStackHasAsManyLoopsAsQueues() throws Exception {
    MemoryWire.Pair wire = MemoryWire.pair();
    UserStack stack =
        UserStack.open(
            wire.left(),
            NicConfig.defaults(0x02_00_00_00_00_01L),
            StackConfig.builder().address("10.0.0.1/24").build());
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory());
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(UserStackServerSocketChannel.class)
            .childHandler(new Recorder())
            .bind("0.0.0.0", 0)
            .sync()
            .channel();
    assertThat(server.isActive()).isTrue();
    assertThat(catchThrowable(() -> new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory())))
        .hasRootCauseMessage("the NIC has 1 queue pairs, all are taken");
    assertThat(catchThrowable(stack::close)).isInstanceOf(IllegalStateException.class);

    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    await().until(group::isTerminated);
    stack.close();
    stack.close();
    wire.right().close();
    assertThat(catchThrowable(() -> new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory())))
        .hasRootCauseMessage("the stack is closed");
  }
}
