package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections begin, or do not. */
abstract class ConnectContract extends StreamContract {
  private static void complete(SocketAddress address) {
    InetSocketAddress inet = (InetSocketAddress) address;
    assertThat(inet.getPort()).isPositive();
    assertThat(inet.getAddress().isAnyLocalAddress()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void addressesAreKnownWhenItIsActive(boolean chooseLocal) throws Exception {
    LinkedBlockingQueue<SocketAddress> seen = new LinkedBlockingQueue<>();
    Channel server =
        bind(
            new Accepted(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelActive(ChannelHandlerContext ctx) {
                    seen.add(ctx.channel().localAddress());
                    seen.add(ctx.channel().remoteAddress());
                  }
                }));
    Channel client = fixture.client().handler(new Recorder()).register().sync().channel();
    assertThat(client.localAddress()).isNull();
    assertThat(client.remoteAddress()).isNull();
    if (chooseLocal) {
      client
          .connect(server.localAddress(), new InetSocketAddress(fixture.clientAddress(), 0))
          .sync();
    } else {
      client.connect(server.localAddress()).sync();
    }
    complete(client.localAddress());
    complete(client.remoteAddress());
    assertThat(seen.poll(10, SECONDS)).isEqualTo(client.remoteAddress());
    assertThat(seen.poll(10, SECONDS)).isEqualTo(client.localAddress());
  }

  @Test
  void activeComesBeforeInactiveWhenItIsClosedAtOnce() throws Exception {
    LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    Channel server = bind(new Accepted(new Recorder()));
    fixture
        .client()
        .handler(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelActive(ChannelHandlerContext ctx) {
                events.add("active");
              }

              @Override
              public void channelInactive(ChannelHandlerContext ctx) {
                events.add("inactive");
              }
            })
        .connect(server.localAddress())
        .addListener(ChannelFutureListener.CLOSE)
        .sync();
    assertThat(events.poll(10, SECONDS)).isEqualTo("active");
    assertThat(events.poll(10, SECONDS)).isEqualTo("inactive");
  }

  @Test
  void theSecondConnectFails() throws Exception {
    Channel server = bind(new Accepted(new Recorder()));
    Channel client = connect(server, new Recorder());
    ChannelFuture again = client.connect(server.localAddress()).awaitUninterruptibly();
    assertThat(again.cause()).isInstanceOf(AlreadyConnectedException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefusalIsToldAndClosesTheChannel(boolean halfClosure) throws Exception {
    Recorder recorder = new Recorder();
    ChannelFuture connect =
        fixture
            .client()
            .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .handler(recorder)
            .connect(fixture.refusingAddress())
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(ConnectException.class);
    await().until(() -> !connect.channel().isOpen());
    assertThat(recorder.active.isDone()).isFalse();
    assertThat(recorder.inactive.isDone()).isFalse();
  }

  @Test
  void cancellingIsPossibleUntilItIsConnected() throws Exception {
    Channel server = bind(new Accepted(null));
    for (int i = 0; i < 20; i++) {
      ChannelFuture connect =
          fixture.client().handler(new Recorder()).connect(server.localAddress());
      if (connect.cancel(true)) {
        await().until(() -> !connect.channel().isOpen());
      } else {
        assertThat(connect.sync().channel().isActive()).isTrue();
        connect.channel().close().sync();
      }
    }
  }

  @Test
  void anUnresolvedNameCannotBeConnectedTo() throws Exception {
    Channel client = fixture.client().handler(new Recorder()).register().sync().channel();
    ChannelFuture connect =
        client
            .connect(InetSocketAddress.createUnresolved("nowhere.invalid", 80))
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(UnresolvedAddressException.class);
  }

  @Test
  void whatIsNotConnectedRefusesWrites() throws Exception {
    Channel client = fixture.client().handler(new Recorder()).register().sync().channel();
    ChannelFuture write =
        client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).awaitUninterruptibly();
    assertThat(write.cause()).isInstanceOf(NotYetConnectedException.class);
    client.close().sync();
  }

  @Test
  void manyClientsConnectAtOnce() throws Exception {
    Accepted accepted = new Accepted(null);
    Channel server = bind(accepted);
    ChannelFuture[] connects = new ChannelFuture[100];
    for (int i = 0; i < connects.length; i++) {
      connects[i] = fixture.client().handler(new Recorder()).connect(server.localAddress());
    }
    for (ChannelFuture connect : connects) {
      connect.sync();
      accepted.take();
    }
  }
}
