package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections end: half, whole, gently and not. */
abstract class ShutdownContract extends StreamContract {
  private final Recorder atServer = new Recorder();
  private final Recorder atClient = new Recorder();
  private DuplexChannel client;
  private DuplexChannel child;

  private void connect(boolean halfClosure, Integer linger) throws Exception {
    Accepted accepted = new Accepted(atServer);
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    client =
        (DuplexChannel)
            fixture
                .client()
                .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
                .option(ChannelOption.SO_LINGER, linger)
                .handler(atClient)
                .connect(server.localAddress())
                .sync()
                .channel();
    child = (DuplexChannel) accepted.take();
    await().until(child::isActive);
  }

  private static byte[] one() {
    return new byte[] {1};
  }

  @Test
  void thePeersEndOfOutputIsToldOnceAndWritingGoesOn() throws Exception {
    connect(true, null);
    client.writeAndFlush(Unpooled.wrappedBuffer(one())).sync();
    await().until(() -> atServer.received() == 1);
    assertThat(child.isInputShutdown()).isFalse();
    client.shutdownOutput().sync();
    await().until(() -> atServer.userEvents.contains(ChannelInputShutdownReadComplete.INSTANCE));
    assertThat(child.isOpen()).isTrue();
    assertThat(child.isActive()).isTrue();
    assertThat(child.isInputShutdown()).isTrue();
    assertThat(child.isOutputShutdown()).isFalse();
    child.writeAndFlush(Unpooled.wrappedBuffer(pattern(100_000))).sync();
    await().until(() -> atClient.received() == 100_000);
    assertThat(Collections.frequency(atServer.userEvents, ChannelInputShutdownEvent.INSTANCE))
        .isEqualTo(1);
    assertThat(
            Collections.frequency(atServer.userEvents, ChannelInputShutdownReadComplete.INSTANCE))
        .isEqualTo(1);
    child.close().sync();
    await().until(() -> atClient.userEvents.contains(ChannelInputShutdownReadComplete.INSTANCE));
    assertThat(client.isOpen()).isTrue();
    assertThat(atClient.errors).isEmpty();
    assertThat(atServer.errors).isEmpty();
  }

  @Test
  void onesOwnEndOfOutputLeavesTheInputOpen() throws Exception {
    connect(true, null);
    assertThat(client.isOutputShutdown()).isFalse();
    client.writeAndFlush(Unpooled.wrappedBuffer(one())).sync();
    client.shutdownOutput().sync();
    assertThat(client.isOpen()).isTrue();
    assertThat(client.isActive()).isTrue();
    assertThat(client.isInputShutdown()).isFalse();
    assertThat(client.isOutputShutdown()).isTrue();
    assertThat(client.isShutdown()).isFalse();
    child.writeAndFlush(Unpooled.wrappedBuffer(one())).sync();
    await().until(() -> atClient.received() == 1);
    client.shutdownInput().sync();
    assertThat(client.isShutdown()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void everythingIsReadBeforeTheEndIsTold(boolean autoRead, boolean halfClosure) throws Exception {
    int total = 2048;
    Accepted accepted = new Accepted(new Recorder());
    Channel server = bind(accepted);
    Recorder reader =
        new Recorder() {
          @Override
          public void channelReadComplete(ChannelHandlerContext ctx) {
            if (!autoRead) {
              ctx.read();
            }
          }
        };
    Channel channel =
        fixture
            .client()
            .option(ChannelOption.ALLOW_HALF_CLOSURE, halfClosure)
            .option(ChannelOption.AUTO_READ, autoRead)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new OneByteReads(2))
            .handler(reader)
            .connect(server.localAddress())
            .sync()
            .channel();
    byte[] sent = pattern(total);
    DuplexChannel sender = (DuplexChannel) accepted.take();
    await().until(sender::isActive);
    sender.writeAndFlush(Unpooled.wrappedBuffer(sent)).sync();
    sender.shutdownOutput().sync();
    channel.read();
    if (halfClosure) {
      await().until(() -> reader.userEvents.contains(ChannelInputShutdownReadComplete.INSTANCE));
      assertThat(channel.isOpen()).isTrue();
      assertThat(reader.userEvents.get(0)).isSameAs(ChannelInputShutdownEvent.INSTANCE);
      assertThat(reader.userEvents).hasSize(2);
    } else {
      reader.inactive.get(10, SECONDS);
    }
    assertThat(Arrays.equals(reader.bytes(), sent)).isTrue();
    assertThat(reader.errors).isEmpty();
  }

  @Test
  void dataStillComesAfterOnesOwnEndWithLinger() throws Exception {
    connect(true, 1);
    client.shutdownOutput().sync();
    await().until(() -> child.isInputShutdown());
    for (int i = 0; i < 10; i++) {
      child.writeAndFlush(Unpooled.wrappedBuffer(pattern(1000))).sync();
    }
    child.close();
    await().until(() -> atClient.received() == 10_000);
    assertThat(atClient.errors).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shutdownWithLingerSucceeds(boolean outputOnly) throws Exception {
    connect(false, 1);
    ChannelFuture shut = outputOnly ? client.shutdownOutput() : client.shutdown();
    // The peer answers the end of our output by its own, which may close the channel in between.
    if (!shut.awaitUninterruptibly().isSuccess()) {
      assertThat(shut.cause()).isInstanceOf(ClosedChannelException.class);
    }
    assertThat(client.isOutputShutdown()).isTrue();
  }

  @Test
  void shuttingAClosedChannelFails() throws Exception {
    connect(false, null);
    client.close().sync();
    assertThatThrownBy(() -> client.shutdownOutput().sync()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> client.shutdownInput().sync()).isInstanceOf(IOException.class);
  }

  @Test
  void shuttingWhatIsNotConnectedFails() throws Exception {
    DuplexChannel channel =
        (DuplexChannel)
            fixture
                .client()
                .handler(new Recorder())
                .bind(new InetSocketAddress(fixture.clientAddress(), 0))
                .sync()
                .channel();
    for (ChannelFuture future :
        new ChannelFuture[] {channel.shutdownInput(), channel.shutdownOutput()}) {
      Throwable cause = future.awaitUninterruptibly().cause();
      assertThat(cause)
          .isInstanceOfAny(IOException.class, java.nio.channels.NotYetConnectedException.class);
    }
  }

  @Test
  void withLingerZeroThePeerIsReset() throws Exception {
    connect(false, 0);
    client.close().sync();
    atServer.inactive.get(10, SECONDS);
    assertThat(atServer.errors).hasSize(1);
    assertThat(atServer.errors.get(0))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void withoutLingerItIsNot() throws Exception {
    connect(false, null);
    client.close().sync();
    atServer.inactive.get(10, SECONDS);
    assertThat(atServer.errors).isEmpty();
  }

  @Test
  void closingForciblyInAReadIsHarmless() throws Exception {
    Recorder closing =
        new Recorder() {
          @Override
          public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            super.channelRead(ctx, message);
            ctx.channel().unsafe().closeForcibly();
          }
        };
    Accepted accepted = new Accepted(closing);
    Channel server = bind(accepted);
    Channel channel = connect(server, atClient);
    channel.writeAndFlush(Unpooled.wrappedBuffer(one()));
    Channel closed = accepted.take();
    await().until(() -> !closed.isOpen());
    atClient.inactive.get(10, SECONDS);
  }

  @Test
  void closingTwiceIsClosingOnce() throws Exception {
    connect(false, null);
    ChannelFuture first = client.close();
    ChannelFuture second = client.close();
    first.sync();
    second.sync();
    client.closeFuture().sync();
    assertThat(client.isOpen()).isFalse();
    assertThat(client.isActive()).isFalse();
  }

  @Test
  void disconnectingAStreamClosesIt() throws Exception {
    connect(false, null);
    client.disconnect().sync();
    assertThat(client.isOpen()).isFalse();
    atServer.inactive.get(10, SECONDS);
  }
}
