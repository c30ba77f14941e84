package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.TcpState;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** The contract over two user-level hosts on a memory wire, and what only they can show. */
class UserStackTransportTest extends TransportContract {
  @Override
  TransportFixture open() {
    return new UserStackFixture();
  }

  private UserStackFixture hosts() {
    return (UserStackFixture) fixture;
  }

  @Test
  void connectToNobodyTimesOut() throws Exception {
    ChannelFuture connect =
        fixture
            .client()
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 100)
            .handler(new Recorder())
            .connect(new InetSocketAddress(UserStackFixture.address(10, 0, 0, 99), 80))
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(ConnectTimeoutException.class);
    await().until(() -> !connect.channel().isOpen());
  }

  @Test
  void connectCanBeCancelled() throws Exception {
    ChannelFuture connect =
        fixture
            .client()
            .handler(new Recorder())
            .connect(new InetSocketAddress(UserStackFixture.address(10, 0, 0, 99), 80));
    Channel channel = connect.channel();
    await().until(channel::isRegistered);
    assertThat(connect.cancel(false)).isTrue();
    await().until(() -> !channel.isOpen());
  }

  @Test
  void noRouteFailsAtOnce() throws Exception {
    ChannelFuture connect =
        fixture
            .client()
            .handler(new Recorder())
            .connect(new InetSocketAddress(UserStackFixture.address(192, 168, 1, 1), 80))
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(SocketException.class);
  }

  @Test
  void bindingToAForeignAddressFails() throws Exception {
    ChannelFuture bind =
        fixture
            .server()
            .childHandler(new Recorder())
            .bind(new InetSocketAddress(UserStackFixture.address(10, 0, 0, 77), 80))
            .awaitUninterruptibly();
    assertThat(bind.cause()).isInstanceOf(java.net.BindException.class);
  }

  @Test
  void loopsOfOtherTransportsAreIncompatible() throws Exception {
    MultiThreadIoEventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      UserStackSocketChannel channel = new UserStackSocketChannel();
      assertThat(nio.register(channel).awaitUninterruptibly().cause())
          .isInstanceOf(IllegalStateException.class);
    } finally {
      nio.shutdownGracefully();
    }
  }

  @Test
  void connectsFromAChosenAddress() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server = bind(accepted);
    InetSocketAddress local = new InetSocketAddress(UserStackFixture.address(10, 0, 0, 2), 4_321);
    Channel client =
        fixture
            .client()
            .handler(new Recorder())
            .connect(server.localAddress(), local)
            .sync()
            .channel();
    assertThat(client.localAddress()).isEqualTo(local);
    assertThat(accepted.take().remoteAddress()).isEqualTo(local);
  }

  @Test
  void aConnectionDescribesItself() throws Exception {
    Channel server = bind(new Accepted(new Recorder()));
    UserStackSocketChannel client = (UserStackSocketChannel) connect(server, new Recorder());
    ConnectionInfo info = client.eventLoop().submit(client::tcpInfo).sync().get();
    assertThat(info.state()).isEqualTo(TcpState.ESTABLISHED);
    assertThat(info.remotePort()).isEqualTo(((InetSocketAddress) server.localAddress()).getPort());
  }

  @Test
  void idleLoopsBlockAndCount() throws Exception {
    UserStackIoHandler loop = hosts().serverStack().loops().get(0);
    fixture.serverLoop().submit(() -> {}).sync();
    await().until(() -> loop.counters().parks() > 0);
    long wakeUps = loop.counters().wakeUps();
    await()
        .until(
            () -> {
              fixture.serverLoop().submit(() -> {}).sync();
              return loop.counters().wakeUps() > wakeUps;
            });
    assertThat(loop.counters().idleIterations()).isPositive();
  }
}
