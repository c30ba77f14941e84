package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Socket options: set before and after connecting, by any thread, and what the stack made of it.
 */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class StreamOptionsTest {
  private UserStackFixture fixture;

  @BeforeEach
  void open() {
    fixture = new UserStackFixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** A value for each option, none of them the default. */
  private static Map<ChannelOption<?>, Object> values() {
    Map<ChannelOption<?>, Object> values = new LinkedHashMap<>();
    values.put(ChannelOption.TCP_NODELAY, false);
    values.put(ChannelOption.SO_KEEPALIVE, true);
    values.put(ChannelOption.IP_TOS, 0x20);
    values.put(UserStackChannelOption.TCP_KEEPIDLE, 60);
    values.put(UserStackChannelOption.TCP_KEEPINTVL, 7);
    values.put(UserStackChannelOption.TCP_KEEPCNT, 3);
    values.put(UserStackChannelOption.TCP_NOTSENT_LOWAT, 100_000L);
    values.put(UserStackChannelOption.TCP_USER_TIMEOUT, 30_000);
    values.put(UserStackChannelOption.TCP_SYNCNT, 4);
    values.put(UserStackChannelOption.TCP_LINGER2, 30);
    values.put(UserStackChannelOption.IP_TTL, 33);
    return values;
  }

  @SuppressWarnings("unchecked")
  private static <T> void set(Bootstrap bootstrap, ChannelOption<?> option, Object value) {
    bootstrap.option((ChannelOption<T>) option, (T) value);
  }

  @SuppressWarnings("unchecked")
  private static <T> void setChild(ServerBootstrap server, ChannelOption<?> option, Object value) {
    server.childOption((ChannelOption<T>) option, (T) value);
  }

  @SuppressWarnings("unchecked")
  private static <T> boolean set(Channel channel, ChannelOption<?> option, Object value) {
    return channel.config().setOption((ChannelOption<T>) option, (T) value);
  }

  /** What the stack says, asked on the channel's loop. */
  private static Object stackSays(Channel channel, ChannelOption<?> option) throws Exception {
    return channel.eventLoop().submit(() -> channel.config().getOption(option)).get();
  }

  private static void stackHasAll(Channel channel) throws Exception {
    for (Map.Entry<ChannelOption<?>, Object> entry : values().entrySet()) {
      assertThat(stackSays(channel, entry.getKey()))
          .as(entry.getKey().name())
          .isEqualTo(entry.getValue());
      assertThat(channel.config().getOption(entry.getKey())).isEqualTo(entry.getValue());
    }
  }

  @Test
  void optionsOfBootstrapsReachTheConnections() throws Exception {
    ServerBootstrap serverBootstrap = fixture.server();
    Bootstrap clientBootstrap = fixture.client().handler(new Recorder());
    values()
        .forEach(
            (option, value) -> {
              setChild(serverBootstrap, option, value);
              set(clientBootstrap, option, value);
            });
    StreamContract.Accepted accepted = new StreamContract.Accepted(new Recorder());
    Channel server =
        serverBootstrap.childHandler(accepted).bind(fixture.anyPort()).sync().channel();
    Channel client = clientBootstrap.connect(server.localAddress()).sync().channel();
    stackHasAll(client);
    Channel child = accepted.take();
    await().until(child::isActive);
    stackHasAll(child);
  }

  @Test
  void optionsOfAConnectionChange() throws Exception {
    StreamContract.Accepted accepted = new StreamContract.Accepted(new Recorder());
    Channel server =
        fixture.server().childHandler(accepted).bind(fixture.anyPort()).sync().channel();
    Channel client =
        fixture.client().handler(new Recorder()).connect(server.localAddress()).sync().channel();
    values().forEach((option, value) -> assertThat(set(client, option, value)).isTrue());
    stackHasAll(client);
    assertThat(client.config().getOptions()).containsAllEntriesOf(values());
  }

  @Test
  void buffersAreWhatTheStackMakesOfThem() throws Exception {
    StreamContract.Accepted accepted = new StreamContract.Accepted(new Recorder());
    Channel server =
        fixture
            .server()
            .option(ChannelOption.SO_RCVBUF, 50_000)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client =
        fixture
            .client()
            .option(ChannelOption.SO_SNDBUF, 40_000)
            .handler(new Recorder())
            .connect(server.localAddress())
            .sync()
            .channel();
    // As Linux: half of it counts as overhead, so the value is doubled.
    assertThat(stackSays(client, ChannelOption.SO_SNDBUF)).isEqualTo(80_000);
    assertThat(stackSays(accepted.take(), ChannelOption.SO_RCVBUF)).isEqualTo(100_000);
  }

  @Test
  void withDeferAcceptAConnectionIsAcceptedWithItsData() throws Exception {
    StreamContract.Accepted accepted = new StreamContract.Accepted(new Recorder());
    Channel server =
        fixture
            .server()
            .option(UserStackChannelOption.TCP_DEFER_ACCEPT, 30)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client =
        fixture.client().handler(new Recorder()).connect(server.localAddress()).sync().channel();
    assertThat(accepted.channels.poll(200, MILLISECONDS)).isNull();
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync();
    accepted.take();
  }

  @Test
  void valuesOutOfRangeAreRefusedAtOnce() {
    Channel channel = new UserStackSocketChannel();
    assertThatThrownBy(() -> set(channel, UserStackChannelOption.TCP_KEEPCNT, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TCP_KEEPCNT: 0 is not in 1..127");
    assertThatThrownBy(() -> set(channel, UserStackChannelOption.TCP_NOTSENT_LOWAT, -1L))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> set(channel, ChannelOption.IP_TOS, 256))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(set(channel, ChannelOption.SO_BROADCAST, true)).isFalse();
    assertThat(set(channel, UserStackChannelOption.IP_DONT_FRAGMENT, true)).isFalse();
    channel.unsafe().closeForcibly();
  }
}
