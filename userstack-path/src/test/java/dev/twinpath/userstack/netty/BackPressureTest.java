package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.userstack.stack.StackCounter;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.DefaultMessageSizeEstimator;
import io.netty.channel.MessageSizeEstimator;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reader that stops is felt by the writer: the window closes, the channel is not writable, with
 * files as with buffers.
 */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class BackPressureTest {
  private static final int LARGE = 20_000_000;

  @TempDir private Path directory;

  private UserStackFixture fixture;
  private final Recorder client = new Recorder();
  private final List<Boolean> changes = new CopyOnWriteArrayList<>();
  private Channel clientChannel;
  private Channel child;

  /** Notes each change of the server's writability. */
  private final class Writability extends Recorder {
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      changes.add(ctx.channel().isWritable());
    }
  }

  @BeforeEach
  void connect() throws Exception {
    fixture = new UserStackFixture();
    TransportContract.Accepted accepted = new TransportContract.Accepted(new Writability());
    Channel server =
        fixture.server().childHandler(accepted).bind(fixture.anyPort()).sync().channel();
    clientChannel =
        fixture.client().handler(client).connect(server.localAddress()).sync().channel();
    child = accepted.take();
    await().until(child::isActive);
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static long count(UserStack stack, StackCounter counter) {
    return stack.loops().get(0).shard().counters().get(counter);
  }

  @Test
  void withoutAutoReadTheWindowClosesAndWithItOpensAgain() throws Exception {
    clientChannel.config().setAutoRead(false);
    byte[] sent = TransportContract.pattern(LARGE);
    ChannelFuture written = child.writeAndFlush(Unpooled.wrappedBuffer(sent));
    await().until(() -> count(fixture.serverStack(), StackCounter.ZERO_WINDOW_IN) > 0);
    assertThat(child.isWritable()).isFalse();
    assertThat(written.isDone()).isFalse();
    // What one read had asked for before, and no more.
    assertThat(client.received()).isLessThan(LARGE / 2);
    clientChannel.config().setAutoRead(true);
    await().atMost(30, SECONDS).until(() -> client.received() == LARGE);
    assertThat(Arrays.equals(client.bytes(), sent)).isTrue();
    written.sync();
    await().until(child::isWritable);
    assertThat(changes).startsWith(false).endsWith(true);
  }

  @Test
  void aFileThatIsNotReadMakesTheChannelUnwritable() throws Exception {
    byte[] bytes = TransportContract.pattern(LARGE);
    Path file = Files.write(directory.resolve("file"), bytes);
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, LARGE);
      clientChannel.config().setAutoRead(false);
      long copied = count(fixture.serverStack(), StackCounter.COPIED_SEND);
      child.write(new MappedFileRegion(channel, mapped, 0, 30_000));
      child.flush();
      ChannelFuture last =
          child.writeAndFlush(new MappedFileRegion(channel, mapped, 30_000, LARGE - 30_000));
      await().until(() -> !child.isWritable());
      await().until(() -> count(fixture.serverStack(), StackCounter.ZERO_WINDOW_IN) > 0);
      assertThat(child.isWritable()).isFalse();
      assertThat(child.bytesBeforeWritable()).isPositive();
      clientChannel.config().setAutoRead(true);
      await().atMost(30, SECONDS).until(() -> client.received() == LARGE);
      last.sync();
      await().until(child::isWritable);
      assertThat(changes).startsWith(false).endsWith(true);
      assertThat(Arrays.equals(client.bytes(), bytes)).isTrue();
      assertThat(count(fixture.serverStack(), StackCounter.COPIED_SEND)).isEqualTo(copied);
      await().until(() -> mapped.refCnt() == 1);
      mapped.release();
    }
  }

  @Test
  void smallFilesLeaveTheChannelWritable() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[1000]);
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 1000);
      for (int i = 0; i < 20; i++) {
        child.writeAndFlush(new MappedFileRegion(channel, mapped, 0, 1000)).sync();
      }
      await().until(() -> client.received() == 20_000);
      assertThat(changes).isEmpty();
      mapped.release();
    }
  }

  @Test
  void theEstimatorCountsWhatIsLeftOfARegion() throws Exception {
    MessageSizeEstimator.Handle handle = RegionSizeEstimator.DEFAULT.newHandle();
    MessageSizeEstimator.Handle nettys = DefaultMessageSizeEstimator.DEFAULT.newHandle();
    Path file = Files.write(directory.resolve("file"), new byte[1000]);
    try (FileChannel channel = FileChannel.open(file)) {
      assertThat(handle.size(new DefaultFileRegion(channel, 10, 990))).isEqualTo(990);
      assertThat(handle.size(new DefaultFileRegion(channel, 0, 1L << 40))).isEqualTo(1 << 30);
    }
    assertThat(handle.size(Unpooled.wrappedBuffer(new byte[7]))).isEqualTo(7);
    assertThat(handle.size("text")).isEqualTo(nettys.size("text"));
  }
}
