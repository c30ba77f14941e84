package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When data is read: as often as it was asked for, and not before. */
abstract class ReadContract extends StreamContract {
  /** Long enough for what must not happen, if it would. */
  private static final long A_WHILE = 100;

  /** Counts messages and ends of reading, and switches auto-read off at the first message. */
  private static final class OffAtFirst extends ChannelInboundHandlerAdapter {
    final AtomicInteger messages = new AtomicInteger();
    final AtomicInteger completes = new AtomicInteger();
    private final boolean asksForMore;

    OffAtFirst(boolean asksForMore) {
      this.asksForMore = asksForMore;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      if (messages.incrementAndGet() == 1) {
        ctx.channel().config().setAutoRead(false);
      }
      if (asksForMore) {
        ctx.read();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      completes.incrementAndGet();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void autoReadSwitchedOffInTheMiddleStopsAtOnce(boolean asksForMore) throws Exception {
    OffAtFirst handler = new OffAtFirst(asksForMore);
    Accepted accepted = new Accepted(handler);
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new OneByteReads(0))
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = connect(server, new Recorder());
    Channel child = accepted.take();
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[3])).sync();
    if (asksForMore) {
      await().until(() -> handler.messages.get() == 3);
      assertThat(handler.completes.get()).isEqualTo(3);
      return;
    }
    for (int expected = 1; expected <= 3; expected++) {
      int count = expected;
      await().until(() -> handler.completes.get() == count);
      MILLISECONDS.sleep(A_WHILE);
      assertThat(handler.messages.get()).isEqualTo(expected);
      child.read();
    }
  }

  @Test
  void aReadThatIsAskedForWithinAReadIsNotAnotherOne() throws Exception {
    AtomicInteger messages = new AtomicInteger();
    AtomicInteger completes = new AtomicInteger();
    Accepted accepted =
        new Accepted(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
                if (messages.incrementAndGet() == 1) {
                  ctx.read();
                }
              }

              @Override
              public void channelReadComplete(ChannelHandlerContext ctx) {
                completes.incrementAndGet();
              }
            });
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new OneByteReads(2))
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = connect(server, new Recorder());
    Channel child = accepted.take();
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[4])).sync();
    MILLISECONDS.sleep(A_WHILE);
    assertThat(messages.get()).isZero();
    child.read();
    await().until(() -> completes.get() == 1);
    MILLISECONDS.sleep(A_WHILE);
    assertThat(messages.get()).isEqualTo(2);
    assertThat(completes.get()).isEqualTo(1);
  }

  @Test
  void nothingIsReadBeforeItIsAskedFor() throws Exception {
    AtomicInteger acceptedCount = new AtomicInteger();
    Recorder atServer = new Recorder();
    Accepted accepted = new Accepted(atServer);
    Channel server =
        fixture
            .server()
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.AUTO_READ, false)
            .handler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelRead(ChannelHandlerContext ctx, Object message) {
                    acceptedCount.incrementAndGet();
                    ctx.fireChannelRead(message);
                  }
                })
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder atClient = new Recorder();
    Channel client =
        fixture
            .client()
            .option(ChannelOption.AUTO_READ, false)
            .handler(atClient)
            .connect(server.localAddress())
            .sync()
            .channel();
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync();
    MILLISECONDS.sleep(A_WHILE);
    assertThat(acceptedCount.get()).isZero();
    server.read();
    Channel child = accepted.take();
    MILLISECONDS.sleep(A_WHILE);
    assertThat(atServer.received()).isZero();
    child.read();
    await().until(() -> atServer.received() == 1);
    child.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync();
    MILLISECONDS.sleep(A_WHILE);
    assertThat(atClient.received()).isZero();
    client.read();
    await().until(() -> atClient.received() == 1);
  }

  @Test
  void aHandlerThatFailsIsToldOnceAndCloses() throws Exception {
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    Accepted accepted =
        new Accepted(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                ReferenceCountUtil.release(message);
                throw new IllegalStateException("as the test wants");
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                errors.add(cause);
                ctx.close();
              }
            });
    Channel server = bind(accepted);
    Recorder atClient = new Recorder();
    Channel client = connect(server, atClient);
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1024]));
    atClient.inactive.get(10, SECONDS);
    assertThat(accepted.take().closeFuture().await(10, SECONDS)).isTrue();
    assertThat(errors).hasSize(1);
  }

  @Test
  void acceptingStopsAndGoesOn() throws Exception {
    Accepted accepted = new Accepted(null);
    Channel server =
        fixture
            .server()
            .option(ChannelOption.SO_BACKLOG, 64)
            .option(ChannelOption.AUTO_READ, false)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    List<Channel> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(connect(server, new Recorder()));
    }
    assertThat(accepted.channels.poll(A_WHILE, MILLISECONDS)).isNull();
    server.config().setAutoRead(true);
    for (int i = 0; i < 10; i++) {
      accepted.take();
    }
    server.config().setAutoRead(false);
    // One accept may have been asked for before.
    connect(server, new Recorder());
    connect(server, new Recorder());
    server.config().setAutoRead(true);
    accepted.take();
    accepted.take();
    assertThat(clients).allSatisfy(client -> assertThat(client.isActive()).isTrue());
  }

  @Test
  void aServerThatClosedTakesNoMoreAndKeepsWhatItHas() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server = bind(accepted);
    Recorder atClient = new Recorder();
    Channel client = connect(server, atClient);
    Channel child = accepted.take();
    await().until(child::isActive);
    server.close().sync();
    child.writeAndFlush(Unpooled.wrappedBuffer(new byte[5])).sync();
    await().until(() -> atClient.received() == 5);
    assertThat(client.isActive()).isTrue();
    assertThat(
            fixture
                .client()
                .handler(new Recorder())
                .connect(server.localAddress())
                .awaitUninterruptibly()
                .isSuccess())
        .isFalse();
  }
}
