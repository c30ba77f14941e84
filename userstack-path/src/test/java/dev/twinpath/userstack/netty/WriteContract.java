package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.traffic.ChannelTrafficShapingHandler;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of messages that are written: all kinds, in order, released once, or failed. */
abstract class WriteContract extends StreamContract {
  private final Recorder atServer = new Recorder();
  private Channel client;

  private Channel connect() throws Exception {
    Channel server = bind(new Accepted(atServer));
    client = connect(server, new Recorder());
    return client;
  }

  private void serverGets(byte[] expected) {
    await().atMost(30, SECONDS).until(() -> atServer.received() >= expected.length);
    assertThat(Arrays.equals(atServer.bytes(), expected)).isTrue();
  }

  /** A part of the bytes as one of the kinds of buffers that there are. */
  private ByteBuf buffer(int kind, byte[] bytes, int from, int length) {
    switch (kind % 5) {
      case 0:
        return Unpooled.wrappedBuffer(bytes, from, length);
      case 1:
        return client.alloc().directBuffer(length).writeBytes(bytes, from, length);
      case 2:
        return client.alloc().heapBuffer(length).writeBytes(bytes, from, length);
      case 3:
        int half = length / 2;
        return Unpooled.wrappedBuffer(
            Unpooled.directBuffer().writeBytes(bytes, from, half),
            Unpooled.wrappedBuffer(bytes, from + half, length - half));
      default:
        return client
            .alloc()
            .directBuffer(length + 10)
            .writeZero(10)
            .writeBytes(bytes, from, length)
            .skipBytes(10)
            .slice();
    }
  }

  @Test
  void manyBuffersOfEveryKindGoOutInOneFlush() throws Exception {
    connect();
    byte[] sent = pattern(3_000_000);
    Random random = new Random(11);
    ChannelFuture last = null;
    int kind = 0;
    for (int at = 0; at < sent.length; ) {
      int length = Math.min(sent.length - at, random.nextInt(8 * 1024));
      last = client.write(buffer(kind++, sent, at, length));
      at += length;
    }
    client.flush();
    serverGets(sent);
    last.sync();
  }

  @Test
  void aLargeCompositeBuffer() throws Exception {
    connect();
    byte[] sent = pattern(8 << 20);
    CompositeByteBuf composite = client.alloc().compositeBuffer(1024);
    for (int at = 0; at < sent.length; at += 64 * 1024) {
      composite.addComponent(true, buffer(at / 65536, sent, at, 64 * 1024));
    }
    client.writeAndFlush(composite).sync();
    serverGets(sent);
    assertThat(composite.refCnt()).isZero();
  }

  @Test
  void partsOfACompositeBufferKeepTheirPlace() throws Exception {
    connect();
    CompositeByteBuf composite = client.alloc().compositeBuffer();
    composite.addComponent(true, client.alloc().directBuffer().writeInt(100));
    composite.addComponent(true, client.alloc().directBuffer().writeLong(123));
    composite.addComponent(true, client.alloc().directBuffer().writeLong(456));
    ByteBuf expected = Unpooled.buffer().writeInt(100).writeLong(123).writeLong(456);
    for (int i = 0; i < 3; i++) {
      client.write(composite.retainedDuplicate());
    }
    client.writeAndFlush(composite);
    byte[] once = Arrays.copyOf(expected.array(), 20);
    byte[] all = new byte[80];
    for (int i = 0; i < 4; i++) {
      System.arraycopy(once, 0, all, i * 20, 20);
    }
    serverGets(all);
    assertThat(composite.refCnt()).isZero();
  }

  @Test
  void aCancelledWriteIsLeftOut() throws Exception {
    connect();
    List<ByteBuf> cancelled = new ArrayList<>();
    client
        .eventLoop()
        .submit(
            () -> {
              for (char c = 'a'; c <= 'g'; c++) {
                ByteBuf message = Unpooled.buffer().writeByte(c);
                ChannelFuture write = client.write(message);
                if ((c - 'a') % 3 == 0) {
                  assertThat(write.cancel(false)).isTrue();
                  cancelled.add(message);
                } else {
                  client.flush();
                }
              }
              client.flush();
            })
        .sync();
    serverGets("bcef".getBytes(StandardCharsets.US_ASCII));
    assertThat(cancelled).hasSize(3).allSatisfy(m -> assertThat(m.refCnt()).isZero());
  }

  @Test
  void emptyWritesKeepTheOrder() throws Exception {
    connect();
    client
        .eventLoop()
        .submit(
            () -> {
              client.write(Unpooled.copiedBuffer("a", StandardCharsets.US_ASCII));
              client.write(Unpooled.EMPTY_BUFFER);
              ChannelFuture gone =
                  client.write(Unpooled.copiedBuffer("cancelled", StandardCharsets.US_ASCII));
              gone.cancel(false);
              client.write(Unpooled.EMPTY_BUFFER);
              client.write(Unpooled.copiedBuffer("b", StandardCharsets.US_ASCII));
              client.flush();
            })
        .sync();

    await().until(() -> atServer.received() == 2);
    assertThat(atServer.bytes()).asString().isEqualTo("ab");
  }

  @Test
  void eachWriteGivesBackOneReference() throws Exception {
    connect();
    ByteBuf held = client.alloc().buffer().writeBytes(pattern(1024)).retain();
    client.writeAndFlush(held).sync();
    serverGets(pattern(1024));
    client.close().sync();
    assertThat(held.refCnt()).isEqualTo(1);
    held.release();
  }

  @Test
  void aWriterThatFollowsTheWatermarksGetsEverythingThrough() throws Exception {
    int total = 32 << 20;
    Channel server =
        fixture
            .server()
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(8 << 10, 16 << 10))
            .childHandler(new Accepted2(() -> new Filler(total)))
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Counter counter = new Counter();
    client = connect(server, counter);
    await().atMost(30, SECONDS).until(() -> counter.bytes == total);
    assertThat(counter.errors).isEmpty();
  }

  /** Counts bytes and keeps none. */
  private static final class Counter extends Recorder {
    volatile long bytes;
    private long counted;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      counted += buffer.readableBytes();
      bytes = counted;
      buffer.release();
    }
  }

  /** Writes as long as the channel is writable, and again when it is writable again. */
  private static final class Filler extends Recorder {
    private int left;

    Filler(int total) {
      left = total;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      fill(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        fill(ctx);
      }
    }

    private void fill(ChannelHandlerContext ctx) {
      while (left > 0 && ctx.channel().isWritable()) {
        int length = Math.min(left, 16 << 10);
        left -= length;
        ctx.write(ctx.alloc().buffer(length).writeZero(length));
      }
      ctx.flush();
    }
  }

  @Test
  void whatIsWrittenWhileItConnectsIsSentOrFailedAndReleased() throws Exception {
    Channel server = bind(new Accepted(null));
    for (int i = 0; i < 20; i++) {
      ChannelFuture connect =
          fixture.client().handler(new Recorder()).connect(server.localAddress());
      ByteBuf message = Unpooled.wrappedBuffer(new byte[1]);
      ChannelFuture write = connect.channel().writeAndFlush(message);
      assertThat(write.await(10, SECONDS)).isTrue();
      connect.awaitUninterruptibly();
      connect.channel().close().sync();
      assertThat(message.refCnt()).isZero();
    }
  }

  @Test
  void writtenBeforeConnectAndFlushedAfterIsSent() throws Exception {
    Channel server = bind(new Accepted(atServer));
    Channel channel = fixture.client().handler(new Recorder()).register().sync().channel();
    ChannelFuture first = channel.write(Unpooled.wrappedBuffer(new byte[] {1, 2}));
    channel.connect(server.localAddress()).sync();
    channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {3})).sync();
    first.sync();
    serverGets(new byte[] {1, 2, 3});
  }

  @Test
  void aShapedStreamIsComplete() throws Exception {
    Channel server = bind(new Accepted(atServer));
    client =
        fixture
            .client()
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new ChannelTrafficShapingHandler(8 << 20, 0, 50, 1000));
                  }
                })
            .connect(server.localAddress())
            .sync()
            .channel();
    byte[] sent = pattern(2 << 20);
    for (int at = 0; at < sent.length; at += 128 << 10) {
      client.writeAndFlush(Unpooled.wrappedBuffer(sent, at, 128 << 10));
    }
    serverGets(sent);
  }

  @Test
  void heapAndCompositeBuffersAreSent() throws Exception {
    connect();
    ByteBuf heap = Unpooled.copiedBuffer("heap ", StandardCharsets.US_ASCII);
    ByteBuf composite =
        Unpooled.wrappedBuffer(
            Unpooled.directBuffer().writeBytes("direct ".getBytes(StandardCharsets.US_ASCII)),
            Unpooled.copiedBuffer("and heap", StandardCharsets.US_ASCII));
    client.write(heap);
    client.writeAndFlush(composite).sync();

    await().until(() -> atServer.received() == 20);
    assertThat(atServer.bytes()).asString().isEqualTo("heap direct and heap");
    assertThat(heap.refCnt()).isZero();
    assertThat(composite.refCnt()).isZero();
  }

  @Test
  void otherMessagesAreRefused() throws Exception {
    connect();
    ChannelFuture write = client.writeAndFlush("text").awaitUninterruptibly();
    assertThat(write.cause()).isInstanceOf(UnsupportedOperationException.class);
    assertThat(client.isActive()).isTrue();
  }

  @Test
  void aFileRegionBeyondTheFileFails(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[1000]);
    connect();
    try (FileChannel channel = FileChannel.open(file)) {
      DefaultFileRegion region = new DefaultFileRegion(channel, 0, 2000);
      ChannelFuture write = client.writeAndFlush(region).awaitUninterruptibly();

      assertThat(write.cause()).isInstanceOf(IOException.class);
      assertThat(region.refCnt()).isZero();
    }
  }

  /** A region that is no file: whoever knows {@code transferTo} only. */
  private static final class Generated extends AbstractReferenceCounted implements FileRegion {
    private final byte[] bytes;
    private long transferred;

    Generated(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    @Deprecated
    public long transfered() {
      return transferred;
    }

    @Override
    public long transferred() {
      return transferred;
    }

    @Override
    public long count() {
      return bytes.length;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
      int from = (int) position;
      int written = target.write(ByteBuffer.wrap(bytes, from, bytes.length - from));
      transferred += written;
      return written;
    }

    @Override
    public FileRegion retain() {
      super.retain();
      return this;
    }

    @Override
    public FileRegion retain(int increment) {
      super.retain(increment);
      return this;
    }

    @Override
    public FileRegion touch() {
      return this;
    }

    @Override
    public FileRegion touch(Object hint) {
      return this;
    }

    @Override
    protected void deallocate() {}
  }

  @Test
  void aRegionOfOnesOwnIsSent() throws Exception {
    connect();
    byte[] sent = pattern(2_000_000);
    Generated region = new Generated(sent);
    client.writeAndFlush(region).sync();
    serverGets(sent);
    assertThat(region.refCnt()).isZero();
  }

  @Test
  void regionsAndBuffersKeepTheirOrderWithoutPromises(@TempDir Path directory) throws Exception {
    connect();
    byte[] content = pattern(500_000);
    Path file = Files.write(directory.resolve("file"), content);
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    try (FileChannel channel = FileChannel.open(file)) {
      for (int at = 0; at < content.length; at += 100_000) {
        client.write(
            new DefaultFileRegion(channel, at, 50_000) {
              @Override
              protected void deallocate() {
                // The channel is shared.
              }
            },
            client.voidPromise());
        client.write(Unpooled.wrappedBuffer(content, at + 50_000, 50_000), client.voidPromise());
      }
      client.flush();
      serverGets(content);
    }
    assertThat(errors).isEmpty();
  }

  @Test
  void aWriteAfterTheOutputWasShutFails() throws Exception {
    connect();
    ((io.netty.channel.socket.DuplexChannel) client).shutdownOutput().sync();
    ByteBuf message = Unpooled.wrappedBuffer(new byte[1]);
    assertThatThrownBy(() -> client.writeAndFlush(message).sync()).isInstanceOf(IOException.class);
    assertThat(message.refCnt()).isZero();
  }
}
