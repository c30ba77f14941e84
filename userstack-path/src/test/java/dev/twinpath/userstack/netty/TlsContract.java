package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.handler.stream.ChunkedNioFile;
import io.netty.handler.stream.ChunkedWriteHandler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS by the JDK's engine over the transport: handshakes, echo, files, and how it begins late. */
abstract class TlsContract extends StreamContract {
  private static SslContext serverSide() throws Exception {
    return SslContextBuilder.forServer(TestCertificate.keys()).sslProvider(SslProvider.JDK).build();
  }

  private static SslContext clientSide() throws Exception {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .trustManager(InsecureTrustManagerFactory.INSTANCE)
        .build();
  }

  private static ChannelInitializer<Channel> tls(SslContext context, ChannelHandler... behind) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(context.newHandler(channel.alloc())).addLast(behind);
      }
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16_384, 300_000})
  void echoesThroughTls(int length) throws Exception {
    Channel server =
        fixture
            .server()
            .childHandler(tls(serverSide(), new Echo()))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder recorder = new Recorder();
    Channel client = connect(server, tls(clientSide(), recorder));
    byte[] sent = pattern(length);
    client.pipeline().get(SslHandler.class).handshakeFuture().sync();
    for (int at = 0; at < length; at += 50_000) {
      client.write(Unpooled.wrappedBuffer(sent, at, Math.min(50_000, length - at)));
    }
    client.flush();
    await().atMost(30, SECONDS).until(() -> recorder.received() == length);
    assertThat(Arrays.equals(recorder.bytes(), sent)).isTrue();
    client.close().sync();
    assertThat(recorder.errors).isEmpty();
  }

  @Test
  void aFileThroughTlsAndACleanEnd(@TempDir Path directory) throws Exception {
    byte[] content = pattern(500_000);
    Path file = Files.write(directory.resolve("file"), content);
    Recorder sender =
        new Recorder() {
          @Override
          public void channelActive(ChannelHandlerContext ctx) throws Exception {
            super.channelActive(ctx);
            ctx.writeAndFlush(new ChunkedNioFile(file.toFile())).addListener(done -> ctx.close());
          }
        };
    Channel server =
        fixture
            .server()
            .childHandler(tls(serverSide(), new ChunkedWriteHandler(), sender))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder recorder = new Recorder();
    connect(server, tls(clientSide(), recorder));
    recorder.inactive.get(30, SECONDS);
    assertThat(Arrays.equals(recorder.bytes(), content)).isTrue();
    assertThat(recorder.errors).isEmpty();
    assertThat(sender.errors).isEmpty();
  }

  @Test
  void theServerGreetsFirst() throws Exception {
    Recorder greeting =
        new Recorder() {
          @Override
          public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII));
          }
        };
    Channel server =
        fixture
            .server()
            .childHandler(tls(serverSide(), greeting))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder recorder = new Recorder();
    connect(server, tls(clientSide(), recorder));
    await().until(() -> recorder.received() == 5);
    assertThat(recorder.bytes()).asString().isEqualTo("hello");
  }

  /** Answers a line in clear, and what comes after it in TLS. */
  private static final class Upgrading extends Recorder {
    private final SslContext context;

    Upgrading(SslContext context) {
      this.context = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (ctx.pipeline().get(SslHandler.class) != null) {
        ctx.writeAndFlush(message);
        return;
      }
      ((ByteBuf) message).release();
      ctx.pipeline()
          .addFirst(
              new SslHandler(context.newEngine(ctx.alloc()), true /* the answer is in clear */));
      ctx.writeAndFlush(Unpooled.copiedBuffer("go on", StandardCharsets.US_ASCII));
    }
  }

  @Test
  void tlsBeginsInTheMiddle() throws Exception {
    Upgrading upgrading = new Upgrading(serverSide());
    Channel server = bind(new Accepted(upgrading));
    Recorder recorder = new Recorder();
    Channel client = connect(server, recorder);
    client.writeAndFlush(Unpooled.copiedBuffer("start", StandardCharsets.US_ASCII)).sync();
    await().until(() -> recorder.received() == 5);
    SslHandler tls = clientSide().newHandler(client.alloc());
    client.pipeline().addFirst(tls);
    tls.handshakeFuture().sync();
    client.writeAndFlush(Unpooled.copiedBuffer("secret", StandardCharsets.US_ASCII)).sync();
    await().until(() -> recorder.received() == 11);
    assertThat(recorder.bytes()).asString().isEqualTo("go onsecret");
    assertThat(upgrading.errors).isEmpty();
  }

  @Test
  void aPeerThatDoesNotSpeakTlsFailsTheHandshake() throws Exception {
    Channel server = bind(new Accepted2(Echo::new));
    Recorder recorder = new Recorder();
    Channel client = connect(server, tls(clientSide(), recorder));
    ChannelFuture close = client.closeFuture();
    assertThat(
            client
                .pipeline()
                .get(SslHandler.class)
                .handshakeFuture()
                .awaitUninterruptibly()
                .isSuccess())
        .isFalse();
    assertThat(close.await(10, SECONDS)).isTrue();
  }

  @Test
  void sessionsFollowEachOther() throws Exception {
    SslContext context = clientSide();
    Channel server =
        fixture
            .server()
            .childHandler(
                new ChannelInitializer<Channel>() {
                  private final SslContext side = serverSide();

                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(side.newHandler(channel.alloc()))
                        .addLast(new Echo());
                  }
                })
            .bind(fixture.anyPort())
            .sync()
            .channel();
    for (int i = 0; i < 5; i++) {
      Recorder recorder = new Recorder();
      Channel client = connect(server, tls(context, recorder));
      client.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]));
      await().until(() -> recorder.received() == 100);
      client.close().sync();
    }
  }
}
