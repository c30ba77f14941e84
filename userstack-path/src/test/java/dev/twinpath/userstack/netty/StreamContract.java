package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contracts of stream transports have in common: two hosts, and handlers. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
abstract class StreamContract {
  TransportFixture fixture;

  abstract TransportFixture open() throws Exception;

  @BeforeEach
  void openFixture() throws Exception {
    fixture = open();
  }

  @AfterEach
  void closeFixture() throws Exception {
    fixture.close();
  }

  /** Echoes, and stops reading while the peer does not take the echo. */
  static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.writeAndFlush(message);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      ctx.channel().config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  /** Keeps the channels of accepted connections. */
  static final class Accepted extends ChannelInitializer<Channel> {
    final LinkedBlockingQueue<Channel> channels = new LinkedBlockingQueue<>();
    private final ChannelHandler handler;

    Accepted(ChannelHandler handler) {
      this.handler = handler;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (handler != null) {
        channel.pipeline().addLast(handler);
      }
      channels.add(channel);
    }

    Channel take() throws InterruptedException {
      Channel channel = channels.poll(10, SECONDS);
      assertThat(channel).as("a connection was accepted").isNotNull();
      return channel;
    }
  }

  static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  Channel bind(ChannelHandler childHandler) throws InterruptedException {
    return fixture.server().childHandler(childHandler).bind(fixture.anyPort()).sync().channel();
  }

  Channel connect(Channel server, ChannelHandler handler) throws InterruptedException {
    return fixture.client().handler(handler).connect(server.localAddress()).sync().channel();
  }

  /** A new handler for each connection. */
  static final class Accepted2 extends ChannelInitializer<Channel> {
    private final java.util.function.Supplier<ChannelHandler> handlers;

    Accepted2(java.util.function.Supplier<ChannelHandler> handlers) {
      this.handlers = handlers;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(handlers.get());
    }
  }
}
