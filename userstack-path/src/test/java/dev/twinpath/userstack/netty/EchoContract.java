package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two peers that talk at the same time, in every way in which handlers can be put together. */
abstract class EchoContract extends StreamContract {
  private static final int BYTES = 1 << 20;

  /**
   * Collects what comes, reads on by itself where auto-read is off, and tells when it is enough.
   */
  private static final class Collector extends ChannelInboundHandlerAdapter {
    final CompletableFuture<byte[]> all = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int expected;
    private final Consumer<ByteBuf> answer;

    Collector(int expected, Consumer<ByteBuf> answer) {
      this.expected = expected;
      this.answer = answer;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      bytes.writeBytes(ByteBufUtil.getBytes(buffer));
      if (answer != null) {
        answer.accept(buffer.retain());
      }
      buffer.release();
      if (bytes.size() >= expected) {
        all.complete(bytes.toByteArray());
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
      if (!ctx.channel().config().isAutoRead()) {
        ctx.read();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      all.completeExceptionally(cause);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true, false, false",
    "false, false, false",
    "true, true, false",
    "false, true, false",
    "true, false, true",
    "false, true, true"
  })
  void echoesPiecesOfEverySize(boolean autoRead, boolean ownExecutor, boolean voidPromise)
      throws Exception {
    EventExecutorGroup executors = ownExecutor ? new DefaultEventExecutorGroup(2) : null;
    try {
      CompletableFuture<Channel> accepted = new CompletableFuture<>();
      Collector atServer =
          new Collector(
              BYTES,
              buffer -> {
                Channel channel = accepted.join();
                channel.write(buffer, voidPromise ? channel.voidPromise() : channel.newPromise());
              });
      Channel server =
          fixture
              .server()
              .childOption(ChannelOption.AUTO_READ, autoRead)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      accepted.complete(channel);
                      channel.pipeline().addLast(executors, atServer);
                    }
                  })
              .bind(fixture.anyPort())
              .sync()
              .channel();
      Collector atClient = new Collector(BYTES, null);
      Channel client =
          fixture
              .client()
              .option(ChannelOption.AUTO_READ, autoRead)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(executors, atClient);
                    }
                  })
              .connect(server.localAddress())
              .sync()
              .channel();
      accepted.get(10, SECONDS).read();
      client.read();
      byte[] sent = pattern(BYTES);
      Random random = new Random(7);
      for (int at = 0; at < BYTES; ) {
        int length = Math.min(BYTES - at, 1 + random.nextInt(64 * 1024));
        ByteBuf piece = Unpooled.wrappedBuffer(sent, at, length);
        client.writeAndFlush(piece, voidPromise ? client.voidPromise() : client.newPromise());
        at += length;
      }
      assertThat(atServer.all.get(30, SECONDS)).isEqualTo(sent);
      assertThat(atClient.all.get(30, SECONDS)).isEqualTo(sent);
    } finally {
      if (executors != null) {
        executors.shutdownGracefully(0, 5, SECONDS).sync();
      }
    }
  }

  /** Keeps messages of any kind. */
  private static final class Messages<T> extends ChannelInboundHandlerAdapter {
    final List<T> got = new ArrayList<>();
    final CompletableFuture<List<T>> all = new CompletableFuture<>();
    private final int expected;
    private final boolean echoes;

    Messages(int expected, boolean echoes) {
      this.expected = expected;
      this.echoes = echoes;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      Object value = message;
      if (message instanceof ByteBuf) {
        value = ByteBufUtil.hexDump((ByteBuf) message);
      }
      if (echoes) {
        ctx.writeAndFlush(message);
      } else if (message instanceof ByteBuf) {
        ((ByteBuf) message).release();
      }
      got.add((T) value);
      if (got.size() == expected) {
        all.complete(got);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (!ctx.channel().config().isAutoRead()) {
        ctx.read();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      all.completeExceptionally(cause);
    }
  }

  /** Sends messages through codecs to an echo and back; both ends must see them all, in order. */
  private void framed(
      boolean autoRead, Consumer<Channel> codecs, List<Object> messages, List<String> expected)
      throws Exception {
    Messages<String> atServer = new Messages<>(expected.size(), true);
    Messages<String> atClient = new Messages<>(expected.size(), false);
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.AUTO_READ, autoRead)
            .childHandler(pipeline(codecs, atServer))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client =
        fixture
            .client()
            .option(ChannelOption.AUTO_READ, autoRead)
            .handler(pipeline(codecs, atClient))
            .connect(server.localAddress())
            .sync()
            .channel();
    client.read();
    for (Object message : messages) {
      client.writeAndFlush(message);
    }
    assertThat(atServer.all.get(30, SECONDS)).isEqualTo(expected);
    assertThat(atClient.all.get(30, SECONDS)).isEqualTo(expected);
  }

  private static ChannelInitializer<Channel> pipeline(
      Consumer<Channel> codecs, ChannelHandler last) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        codecs.accept(channel);
        channel.pipeline().addLast(last);
        if (!channel.config().isAutoRead()) {
          channel.eventLoop().execute(channel::read);
        }
      }
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void framesOfOneLength(boolean autoRead) throws Exception {
    List<Object> messages = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    byte[] bytes = pattern(1024 * 16);
    for (int at = 0; at < bytes.length; at += 1000) {
      messages.add(Unpooled.wrappedBuffer(bytes, at, Math.min(1000, bytes.length - at)));
    }
    for (int at = 0; at < bytes.length; at += 1024) {
      expected.add(ByteBufUtil.hexDump(bytes, at, 1024));
    }
    framed(
        autoRead,
        channel -> channel.pipeline().addLast(new FixedLengthFrameDecoder(1024)),
        messages,
        expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void linesOfText(boolean autoRead) throws Exception {
    List<Object> messages = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String line = "line " + Integer.toString(i * i, 36);
      messages.add(line);
      expected.add(line);
    }
    framed(
        autoRead,
        channel ->
            channel
                .pipeline()
                .addLast(new LineBasedFrameDecoder(512))
                .addLast(new StringDecoder())
                .addLast(
                    new StringEncoder() {
                      @Override
                      protected void encode(
                          ChannelHandlerContext ctx, CharSequence text, List<Object> out) {
                        out.add(ByteBufUtil.writeAscii(ctx.alloc(), text + "\r\n"));
                      }
                    }),
        messages,
        expected);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void messagesBehindTheirLength(boolean autoRead) throws Exception {
    List<Object> messages = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      byte[] message = pattern(i * 17);
      messages.add(Unpooled.wrappedBuffer(message));
      expected.add(ByteBufUtil.hexDump(message));
    }
    framed(
        autoRead,
        channel ->
            channel
                .pipeline()
                .addLast(new LengthFieldBasedFrameDecoder(1 << 20, 0, 4, 0, 4))
                .addLast(new LengthFieldPrepender(4)),
        messages,
        expected);
  }
}
