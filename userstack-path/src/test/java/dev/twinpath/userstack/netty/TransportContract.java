package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every stream transport does: run for our stack, and for the kernel's as the oracle. */
abstract class TransportContract extends StreamContract {
  private static final int LARGE = 16 << 20;

  @Test
  void connectsAndKnowsBothAddresses() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server = bind(accepted);
    Channel client = connect(server, new Recorder());
    Channel child = accepted.take();

    assertThat(((InetSocketAddress) server.localAddress()).getPort()).isPositive();
    assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
    assertThat(child.localAddress()).isEqualTo(server.localAddress());
    await().until(() -> child.remoteAddress() != null);
    assertThat(child.remoteAddress()).isEqualTo(client.localAddress());
    assertThat(client.isActive()).isTrue();
    assertThat(child.parent()).isSameAs(server);
  }

  @Test
  void echoesMuchDataWithBackPressure() throws Exception {
    Channel server =
        fixture
            .server()
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 << 10, 64 << 10))
            .childHandler(new Accepted2(Echo::new))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder recorder = new Recorder();
    Channel client = connect(server, recorder);
    byte[] sent = pattern(LARGE);
    ChannelFuture last = null;
    for (int at = 0; at < sent.length; at += 100_000) {
      int end = Math.min(sent.length, at + 100_000);
      last = client.write(Unpooled.wrappedBuffer(sent, at, end - at));
    }
    client.flush();

    await().atMost(30, SECONDS).until(() -> recorder.received() >= sent.length);
    assertThat(last.await(10, SECONDS)).isTrue();
    assertThat(last.isSuccess()).isTrue();
    assertThat(Arrays.equals(recorder.bytes(), sent)).isTrue();
  }

  @Test
  void withoutAutoReadNothingIsReadAndTheSenderStops() throws Exception {
    Recorder received = new Recorder();
    Accepted accepted = new Accepted(received);
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = connect(server, new Recorder());
    Channel child = accepted.take();
    byte[] sent = pattern(LARGE);
    ChannelFuture written = client.writeAndFlush(Unpooled.wrappedBuffer(sent));

    // The stack's buffers on both sides together are smaller than what was written.
    assertThat(written.await(500, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(received.received()).isZero();

    child.read();
    await().until(() -> received.received() > 0);
    assertThat(received.received()).as("one read is one message").isLessThanOrEqualTo(1 << 16);

    child.config().setAutoRead(true);
    await().atMost(30, SECONDS).until(() -> received.received() == sent.length);
    assertThat(Arrays.equals(received.bytes(), sent)).isTrue();
    assertThat(written.await(10, SECONDS)).isTrue();
    assertThat(written.isSuccess()).isTrue();
  }

  @Test
  void halfClosureLetsTheAnswerThrough() throws Exception {
    Recorder atServer = new Recorder();
    Accepted accepted = new Accepted(atServer);
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Recorder atClient = new Recorder();
    Channel client = connect(server, atClient);
    client.writeAndFlush(Unpooled.copiedBuffer("question", StandardCharsets.US_ASCII)).sync();
    ((DuplexChannel) client).shutdownOutput().sync();
    Channel child = accepted.take();

    await().until(() -> atServer.userEvents.contains(ChannelInputShutdownEvent.INSTANCE));
    assertThat(atServer.bytes()).asString().isEqualTo("question");
    assertThat(child.isActive()).isTrue();
    assertThat(((DuplexChannel) child).isInputShutdown()).isTrue();
    assertThat(((DuplexChannel) client).isOutputShutdown()).isTrue();
    assertThatThrownBy(() -> client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync())
        .isInstanceOf(IOException.class);

    child.writeAndFlush(Unpooled.copiedBuffer("answer", StandardCharsets.US_ASCII)).sync();
    child.close().sync();
    await().until(() -> atClient.inactive.isDone());
    assertThat(atClient.bytes()).asString().isEqualTo("answer");
    assertThat(atClient.errors).isEmpty();
    assertThat(atServer.errors).isEmpty();
  }

  @Test
  void withoutHalfClosureTheEndOfInputCloses() throws Exception {
    Recorder atServer = new Recorder();
    Channel server = bind(new Accepted(atServer));
    Recorder atClient = new Recorder();
    Channel client = connect(server, atClient);
    client.writeAndFlush(Unpooled.wrappedBuffer(pattern(100_000)));
    ((DuplexChannel) client).shutdownOutput();

    await().until(() -> atServer.inactive.isDone() && atClient.inactive.isDone());
    assertThat(atServer.errors).isEmpty();
  }

  @Test
  void closeSendsWhatWasWritten() throws Exception {
    Recorder atServer = new Recorder();
    Channel server = bind(new Accepted(atServer));
    Channel client = connect(server, new Recorder());
    byte[] sent = pattern(200_000);
    client.writeAndFlush(Unpooled.wrappedBuffer(sent)).sync();
    client.close().sync();

    await().until(() -> atServer.inactive.isDone());
    assertThat(Arrays.equals(atServer.bytes(), sent)).isTrue();
    assertThat(atServer.errors).isEmpty();
  }

  @Test
  void lingerZeroResetsThePeer() throws Exception {
    Recorder atServer = new Recorder();
    Accepted accepted = new Accepted(atServer);
    Channel server = bind(accepted);
    Channel client =
        fixture
            .client()
            .option(ChannelOption.SO_LINGER, 0)
            .handler(new Recorder())
            .connect(server.localAddress())
            .sync()
            .channel();
    Channel child = accepted.take();
    await().until(() -> atServer.active.isDone());
    client.close().sync();

    await().until(() -> hasNoticedTheReset(child, atServer));
    assertThat(atServer.errors).hasSize(1);
    assertThat(atServer.errors.get(0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> child.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync())
        .isInstanceOf(ClosedChannelException.class);
  }

  /** An RST is sent once: where frames get lost, the peer may learn of it by its next segment. */
  boolean hasNoticedTheReset(Channel child, Recorder handler) {
    return handler.inactive.isDone();
  }

  @Test
  void connectingToAClosedPortIsRefused() throws Exception {
    ChannelFuture connect =
        fixture
            .client()
            .handler(new Recorder())
            .connect(fixture.refusingAddress())
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(ConnectException.class);
    assertThat(connect.cause()).hasMessageContaining("refused");
    await().until(() -> !connect.channel().isOpen());
  }

  @Test
  void bindingTwiceFails() throws Exception {
    Channel server = bind(new Accepted(null));
    ChannelFuture again =
        fixture
            .server()
            .childHandler(new Accepted(null))
            .bind(server.localAddress())
            .awaitUninterruptibly();
    assertThat(again.cause()).isInstanceOf(IOException.class);
  }

  @Test
  void writesOnAClosedChannelFail() throws Exception {
    Channel server = bind(new Accepted(new Recorder()));
    Channel client = connect(server, new Recorder());
    client.close().sync();
    ByteBuf message = Unpooled.wrappedBuffer(new byte[1]);

    assertThatThrownBy(() -> client.writeAndFlush(message).sync())
        .isInstanceOf(ClosedChannelException.class);
    assertThat(message.refCnt()).isZero();
  }

  @Test
  void closeFailsWhatIsPending() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.AUTO_READ, false)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = connect(server, new Recorder());
    accepted.take();
    List<ByteBuf> messages = new ArrayList<>();
    List<ChannelFuture> writes = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      ByteBuf message = client.alloc().directBuffer(1 << 20).writerIndex(1 << 20);
      messages.add(message);
      writes.add(client.writeAndFlush(message));
    }
    client.close().sync();

    assertThat(writes).allSatisfy(write -> assertThat(write.await(5, SECONDS)).isTrue());
    assertThat(writes.get(63).cause()).isInstanceOf(ClosedChannelException.class);
    assertThat(messages).allSatisfy(message -> assertThat(message.refCnt()).isZero());
  }

  @Test
  void fileRegionsAreSent(@TempDir Path directory) throws Exception {
    byte[] content = pattern(3_000_000);
    Path file = Files.write(directory.resolve("file"), content);
    Recorder atServer = new Recorder();
    Channel server = bind(new Accepted(atServer));
    Channel client = connect(server, new Recorder());
    try (FileChannel channel = FileChannel.open(file)) {
      DefaultFileRegion region = new DefaultFileRegion(channel, 1000, 2_500_000);
      client.write(Unpooled.copiedBuffer("<", StandardCharsets.US_ASCII));
      client.write(region);
      client.writeAndFlush(Unpooled.copiedBuffer(">", StandardCharsets.US_ASCII)).sync();

      await().atMost(20, SECONDS).until(() -> atServer.received() == 2_500_002);
      assertThat(region.transferred()).isEqualTo(2_500_000);
      assertThat(region.refCnt()).isZero();
    }
    byte[] received = atServer.bytes();
    assertThat(received[0]).isEqualTo((byte) '<');
    assertThat(received[received.length - 1]).isEqualTo((byte) '>');
    assertThat(Arrays.equals(received, 1, received.length - 1, content, 1000, 2_501_000)).isTrue();
  }

  /** A failing allocator is the application's fault and costs it this connection only. */
  @Test
  void anAllocatorThatFailsClosesTheConnection() throws Exception {
    RecvByteBufAllocator failing =
        new FixedRecvByteBufAllocator(1024) {
          @Override
          public Handle newHandle() {
            return new DelegatingHandle(super.newHandle()) {
              @Override
              public ByteBuf allocate(ByteBufAllocator allocator) {
                throw new OutOfMemoryError("as the test wants");
              }
            };
          }
        };
    Recorder atServer = new Recorder();
    Channel server =
        fixture
            .server()
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, failing)
            .childHandler(new Accepted(atServer))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = connect(server, new Recorder());
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[10]));
    atServer.inactive.get(10, SECONDS);
    assertThat(atServer.errors).hasSize(1);

    Channel healthy = bind(new Accepted2(Echo::new));
    Recorder recorder = new Recorder();
    connect(healthy, recorder).writeAndFlush(Unpooled.wrappedBuffer(new byte[10]));
    await().until(() -> recorder.received() == 10);
  }

  @Test
  void manyShortConnections() throws Exception {
    Channel server = bind(new Accepted2(Echo::new));
    byte[] question = pattern(100);
    for (int round = 0; round < 50; round++) {
      List<Recorder> recorders = new ArrayList<>();
      List<ChannelFuture> connects = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Recorder recorder = new Recorder();
        recorders.add(recorder);
        connects.add(fixture.client().handler(recorder).connect(server.localAddress()));
      }
      for (ChannelFuture connect : connects) {
        connect.sync().channel().writeAndFlush(Unpooled.copiedBuffer(question));
      }
      for (Recorder recorder : recorders) {
        await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> recorder.received() == 100);
        assertThat(recorder.bytes()).isEqualTo(question);
        recorder.active.get(1, SECONDS).close();
      }
      for (Recorder recorder : recorders) {
        recorder.inactive.get(5, SECONDS);
      }
    }
  }

  @Test
  void acceptingWithoutAutoReadWaitsForRead() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server =
        fixture
            .server()
            .option(ChannelOption.AUTO_READ, false)
            .childHandler(accepted)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    connect(server, new Recorder());
    assertThat(accepted.channels.poll(300, TimeUnit.MILLISECONDS)).isNull();
    server.read();
    accepted.take();
  }

  @Test
  void unknownOptionsAreRefused() throws Exception {
    Channel server = bind(new Accepted(new Recorder()));
    Channel client = connect(server, new Recorder());
    assertThat(client.config().setOption(ChannelOption.IP_MULTICAST_TTL, 1)).isFalse();
    assertThat(client.config().setOption(ChannelOption.SO_KEEPALIVE, true)).isTrue();
    assertThat(client.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
    assertThat(client.config().setOption(ChannelOption.TCP_NODELAY, true)).isTrue();
    assertThat(client.config().getOptions()).containsKey(ChannelOption.ALLOW_HALF_CLOSURE);
    assertThat(server.config().getOptions()).containsKey(ChannelOption.SO_BACKLOG);
  }

  @Test
  void shuttingTheLoopDownClosesItsChannels() throws Exception {
    Recorder atServer = new Recorder();
    Accepted accepted = new Accepted(atServer);
    Channel server = bind(accepted);
    Recorder atClient = new Recorder();
    Channel client = connect(server, atClient);
    Channel child = accepted.take();
    await().until(() -> atServer.active.isDone());

    fixture.serverLoop().shutdownGracefully(0, 5, SECONDS).sync();

    assertThat(server.isOpen()).isFalse();
    assertThat(child.isOpen()).isFalse();
    atServer.inactive.get(1, SECONDS);
    atClient.inactive.get(10, SECONDS);
    assertThat(client.isOpen()).isFalse();
  }

  @Test
  void tasksFromOtherThreadsWakeTheLoop() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      fixture.serverLoop().submit(() -> {}).get(5, SECONDS);
    }
  }
}
