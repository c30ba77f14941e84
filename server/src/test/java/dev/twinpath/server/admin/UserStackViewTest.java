package dev.twinpath.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.metrics.CpuRole;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.MetricCatalogue;
import dev.twinpath.server.metrics.MetricDefinition;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.metrics.UserStackMeters;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.netty.IdleStrategy;
import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackServerSocketChannel;
import dev.twinpath.userstack.netty.UserStackSocketChannel;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What meters and {@code ss} say of a stack that really carried something. */
class UserStackViewTest {
  private static final Pattern SAMPLED =
      Pattern.compile("twinpath_tcp_cwnd_bytes_count\\{path=\"userstack\"} [1-9]");
  private static final int PAYLOAD = 100_000;

  private final ServerMetrics metrics = new ServerMetrics();
  private final MemoryWire.Pair wire = MemoryWire.pair();
  private final Host server = new Host(wire.left(), 1, "10.0.0.1/24");
  private final Host client = new Host(wire.right(), 2, "10.0.0.2/24");

  @AfterEach
  void close() {
    client.close();
    server.close();
    metrics.close();
  }

  @Test
  void countersAndConnectionsShowTheTransfer() throws Exception {
    UserStackMeters.bind(metrics, server.stack, server.group);
    LoopRecorder recorder = metrics.recorder(DataPath.USERSTACK, 0);
    server.group.next().execute(recorder::attachCurrentThread);
    AtomicLong received = new AtomicLong();
    new ServerBootstrap()
        .group(server.group)
        .channel(UserStackServerSocketChannel.class)
        .childHandler(
            new SimpleChannelInboundHandler<ByteBuf>() {
              @Override
              protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
                received.addAndGet(message.readableBytes());
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                ctx.close(); // The client resets the connection at the end of the test.
              }

              @Override
              public boolean isSharable() {
                return true;
              }
            })
        .bind("10.0.0.1", 8080)
        .sync();
    Channel channel =
        new Bootstrap()
            .group(client.group)
            .channel(UserStackSocketChannel.class)
            .handler(new ChannelInboundHandlerAdapter())
            .connect("10.0.0.1", 8080)
            .sync()
            .channel();
    channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[PAYLOAD])).sync();
    await().atMost(Duration.ofSeconds(10)).until(() -> received.get() == PAYLOAD);

    List<Map<String, Object>> connections =
        UserStackConnections.of(server.stack, server.group)
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    assertThat(connections).hasSize(1);
    assertThat(connections.get(0))
        .containsEntry("state", "ESTABLISHED")
        .containsEntry("local", "10.0.0.1:8080")
        .containsEntry("received", (long) PAYLOAD)
        .containsEntry("recvQ", 0L)
        .containsEntry("pathMtu", 1500)
        .containsEntry("orphan", false)
        .containsKeys("rttVarMs", "timer", "receiveSpace", "dataSegmentsIn");
    Map<String, Object> all =
        UserStackConnections.all(server.stack, server.group)
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    assertThat(all).containsOnlyKeys("connections", "listeners", "timeWait");
    assertThat(all.get("listeners").toString()).contains("state=LISTEN", "local=10.0.0.1:8080");

    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                // Each scrape samples once for the next one, so that the count goes on growing.
                SAMPLED
                    .matcher(new String(metrics.scrape("").body(), StandardCharsets.UTF_8))
                    .find());
    assertThat(value(MetricCatalogue.TCP_CONNECTIONS, "established")).isEqualTo(1);
    assertThat(value(MetricCatalogue.TCP_SEGMENTS, "in")).isPositive();
    assertThat(value(MetricCatalogue.STACK_EVENTS, "bytes_in")).isEqualTo(PAYLOAD);
    assertThat(value(MetricCatalogue.NIC_BYTES, "receive")).isGreaterThan(PAYLOAD);
    assertThat(value(MetricCatalogue.NIC_DROPS, "receive")).isZero();
    assertThat(value(MetricCatalogue.POLL_ITERATIONS, "busy")).isPositive();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              for (CpuRole role :
                  List.of(CpuRole.APPLICATION, CpuRole.STACK, CpuRole.SIMULATED_NIC)) {
                assertThat(value(MetricCatalogue.CPU_SECONDS, role.label())).isPositive();
              }
            });
  }

  /** The series of the user path that have a label value, added up. */
  private double value(MetricDefinition definition, String label) {
    double[] sum = new double[1];
    metrics.forEachSeries(
        definition, (labels, value) -> sum[0] += labels.contains(label) ? value : 0);
    return sum[0];
  }

  private static final class Host implements AutoCloseable {
    private final UserStack stack;
    private final EventLoopGroup group;

    Host(Wire wire, long mac, String address) {
      stack =
          UserStack.open(
              wire,
              NicConfig.defaults(0x020000000000L + mac),
              StackConfig.builder().address(address).build(),
              IdleStrategy.BLOCK);
      group = new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory());
    }

    @Override
    public void close() {
      group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
      stack.close();
    }
  }
}
