package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
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
 * Mapped file regions: sent as page ranges, released once, and what happens when the file shrinks.
 */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class FileRegionTest {
  @TempDir private Path directory;

  private UserStackFixture fixture;
  private Recorder client;
  private Channel clientChannel;
  private Channel child;
  private final List<AutoCloseable> resources = new ArrayList<>();

  @BeforeEach
  void connect() throws Exception {
    fixture = new UserStackFixture();
    TransportContract.Accepted accepted = new TransportContract.Accepted(new Recorder());
    Channel server =
        fixture.server().childHandler(accepted).bind(fixture.anyPort()).sync().channel();
    client = new Recorder();
    clientChannel =
        fixture.client().handler(client).connect(server.localAddress()).sync().channel();
    child = accepted.take();
    await().until(child::isActive);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : resources) {
      resource.close();
    }
    fixture.close();
  }

  /** An open, mapped file whose mapping must be free when the test ends. */
  private final class Content implements AutoCloseable {
    final Path path;
    final FileChannel channel;
    final MappedFile mapped;

    Content(byte[] bytes) throws IOException {
      path = Files.write(Files.createTempFile(directory, "content", null), bytes);
      channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      mapped = MappedFile.map(channel, bytes.length);
      resources.add(this);
    }

    MappedFileRegion region(long position, long count) {
      return new MappedFileRegion(channel, mapped, position, count);
    }

    @Override
    public void close() throws Exception {
      await().untilAsserted(() -> assertThat(mapped.refCnt()).as("references").isEqualTo(1));
      mapped.release();
      channel.close();
    }
  }

  private void clientReceives(long bytes) {
    await().atMost(30, SECONDS).until(() -> client.received() >= bytes);
    assertThat(client.received()).isEqualTo(bytes);
  }

  @Test
  void sendsTheMiddleOfAFileBetweenBuffers() throws Exception {
    byte[] bytes = TransportContract.pattern(5_000_000);
    Content content = new Content(bytes);
    MappedFileRegion region = content.region(1_234, 4_000_001);
    child.write(Unpooled.copiedBuffer("<", StandardCharsets.US_ASCII));
    ChannelFuture written = child.write(region);
    ChannelFuture after =
        child.writeAndFlush(Unpooled.copiedBuffer(">", StandardCharsets.US_ASCII));

    clientReceives(4_000_003);
    byte[] received = client.bytes();
    assertThat(received[0]).isEqualTo((byte) '<');
    assertThat(received[received.length - 1]).isEqualTo((byte) '>');
    assertThat(Arrays.equals(received, 1, received.length - 1, bytes, 1_234, 4_001_235)).isTrue();
    assertThat(after.await(5, SECONDS)).isTrue();
    assertThat(written.isSuccess()).isTrue();
    assertThat(region.transferred()).isEqualTo(4_000_001);
    await().untilAsserted(() -> assertThat(region.refCnt()).isZero());
  }

  @Test
  void anEmptyRegionSucceeds() throws Exception {
    Content content = new Content(new byte[10]);
    MappedFileRegion region = content.region(5, 0);
    assertThat(child.writeAndFlush(region).await(5, SECONDS)).isTrue();
    assertThat(region.refCnt()).isZero();
    Content second = new Content(new byte[0]);
    assertThat(child.writeAndFlush(second.region(0, 0)).await(5, SECONDS)).isTrue();
    child.writeAndFlush(Unpooled.wrappedBuffer(new byte[3])).sync();
    clientReceives(3);
  }

  @Test
  void pipelinedRegionsKeepTheirOrder() throws Exception {
    Content content = new Content(TransportContract.pattern(1_000_000));
    List<ChannelFuture> writes = new ArrayList<>();
    List<Integer> completed = new CopyOnWriteArrayList<>();
    long expected = 0;
    for (int i = 0; i < 600; i++) {
      int number = i;
      writes.add(child.write(Unpooled.wrappedBuffer(new byte[] {(byte) i})));
      writes.add(child.write(content.region(i * 1000L, i)));
      writes.get(writes.size() - 1).addListener(future -> completed.add(number));
      writes.add(child.write(Unpooled.EMPTY_BUFFER));
      expected += 1 + i;
    }
    child.flush();
    clientReceives(expected);
    assertThat(writes)
        .allSatisfy(
            write -> {
              assertThat(write.await(5, SECONDS)).isTrue();
              assertThat(write.isSuccess()).isTrue();
            });
    assertThat(completed).isSorted().hasSize(600);
    byte[] received = client.bytes();
    int at = 0;
    byte[] file = Files.readAllBytes(content.path);
    for (int i = 0; i < 600; i++) {
      assertThat(received[at++]).isEqualTo((byte) i);
      assertThat(Arrays.equals(received, at, at + i, file, i * 1000, i * 1000 + i)).isTrue();
      at += i;
    }
  }

  @Test
  void sendsFromBeyondFourGibibytes() throws Exception {
    long offset = (5L << 30) + 12_345;
    byte[] bytes = TransportContract.pattern(100_000);
    Path path = directory.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), offset);
      MappedFile mapped = MappedFile.map(channel, offset + bytes.length);
      MappedFileRegion region = new MappedFileRegion(channel, mapped, offset, bytes.length);
      mapped.release();
      child.writeAndFlush(region).sync();
      clientReceives(bytes.length);
      assertThat(client.bytes()).isEqualTo(bytes);
      await().untilAsserted(() -> assertThat(mapped.refCnt()).isZero());
    }
  }

  /** A process that may not ask mincore(2) learns what is in memory by reading ahead only. */
  @Test
  void unknownPagesAreReadAheadFirst() throws Exception {
    byte[] bytes = TransportContract.pattern(20_000_000);
    Path path = Files.write(directory.resolve("unknown"), bytes);
    try (FileChannel channel = FileChannel.open(path)) {
      MappedFile mapped = MappedFile.map(channel, bytes.length).withoutMincore();
      MappedFileRegion region = new MappedFileRegion(channel, mapped, 7, bytes.length - 7);
      mapped.release();
      assertThat(mapped.resident(0, 1)).isFalse();
      child.writeAndFlush(region).sync();
      clientReceives(bytes.length - 7);
      assertThat(Arrays.equals(client.bytes(), 0, bytes.length - 7, bytes, 7, bytes.length))
          .isTrue();
      await().untilAsserted(() -> assertThat(mapped.refCnt()).isZero());
    }
  }

  @Test
  void progressIsTold() throws Exception {
    Content content = new Content(TransportContract.pattern(3_000_000));
    MappedFileRegion region = content.region(0, 3_000_000);
    List<Long> progress = new CopyOnWriteArrayList<>();
    ChannelProgressivePromise promise = child.newProgressivePromise();
    promise.addListener(
        new ChannelProgressiveFutureListener() {
          @Override
          public void operationProgressed(ChannelProgressiveFuture future, long done, long total) {
            progress.add(done);
          }

          @Override
          public void operationComplete(ChannelProgressiveFuture future) {}
        });
    child.writeAndFlush(region, promise);
    clientReceives(3_000_000);
    assertThat(promise.await(5, SECONDS)).isTrue();
    assertThat(progress).isSorted().hasSizeGreaterThan(1);
    assertThat(progress.get(progress.size() - 1)).isEqualTo(3_000_000L);
  }

  /** The client stops reading, so that a transfer stands still. */
  private void stopClient() throws Exception {
    clientChannel.config().setAutoRead(false);
    clientChannel.eventLoop().submit(() -> {}).sync();
  }

  private void awaitStandstill(MappedFileRegion region) {
    long[] last = {-1};
    await()
        .until(
            () -> {
              long now = region.transferred();
              boolean still = now > 0 && now == last[0];
              last[0] = now;
              return still;
            });
  }

  @Test
  void closeCutsARangeAndResetsThePeer() throws Exception {
    Content content = new Content(TransportContract.pattern(50_000_000));
    MappedFileRegion region = content.region(0, 50_000_000);
    stopClient();
    ChannelFuture written = child.writeAndFlush(region);
    awaitStandstill(region);
    assertThat(written.isDone()).isFalse();
    child.close().sync();

    assertThat(written.await(5, SECONDS)).isTrue();
    assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
    clientChannel.config().setAutoRead(true);
    client.inactive.get(10, SECONDS);
    assertThat(client.errors).isNotEmpty();
    assertThat(region.transferred()).isPositive().isLessThan(50_000_000);
    await().untilAsserted(() -> assertThat(region.refCnt()).isZero());
  }

  /** Whether the loop can sleep must not depend on what it would send if it could. */
  @Test
  void aLoopSleepsWhileATransferStandsStill() throws Exception {
    Content content = new Content(TransportContract.pattern(50_000_000));
    MappedFileRegion region = content.region(0, 50_000_000);
    stopClient();
    child.writeAndFlush(region);
    awaitStandstill(region);
    LoopCounters loop = fixture.serverStack().loops().get(0).counters();
    long parks = loop.parks();
    long iterations = loop.busyIterations() + loop.idleIterations();
    await().until(() -> loop.parks() > parks + 2);

    long perPark =
        (loop.busyIterations() + loop.idleIterations() - iterations) / (loop.parks() - parks);
    assertThat(perPark).as("iterations for each sleep").isLessThan(20);
    child.close().sync();
  }

  @Test
  void thePeersResetFailsTheWriteAndFreesTheRegion() throws Exception {
    Content content = new Content(TransportContract.pattern(50_000_000));
    MappedFileRegion region = content.region(0, 50_000_000);
    stopClient();
    ChannelFuture written = child.writeAndFlush(region);
    awaitStandstill(region);
    clientChannel.config().setOption(ChannelOption.SO_LINGER, 0);
    clientChannel.close().sync();

    assertThat(written.await(10, SECONDS)).isTrue();
    assertThat(written.cause()).isInstanceOf(IOException.class);
    await().until(() -> !child.isOpen());
    await().untilAsserted(() -> assertThat(region.refCnt()).isZero());
  }

  @Test
  void aFileCutDuringTheTransferEndsThatConnectionOnly() throws Exception {
    Content content = new Content(TransportContract.pattern(50_000_000));
    MappedFileRegion region = content.region(0, 50_000_000);
    stopClient();
    ChannelFuture written = child.writeAndFlush(region);
    awaitStandstill(region);
    content.channel.truncate(1_000_000);
    clientChannel.config().setAutoRead(true);

    assertThat(written.await(20, SECONDS)).isTrue();
    assertThat(written.cause()).isInstanceOf(FileTruncatedException.class);
    client.inactive.get(10, SECONDS);
    assertThat(client.received()).isLessThan(50_000_000);
    assertThat(client.errors).as("reset, not an early end").isNotEmpty();
    await().untilAsserted(() -> assertThat(region.refCnt()).isZero());

    another();
  }

  @Test
  void aFileCutWithinItsLastPageIsNoticed() throws Exception {
    Content content = new Content(TransportContract.pattern(10_000));
    content.channel.truncate(9_000);
    MappedFileRegion region = content.region(0, 10_000);
    ChannelFuture written = child.writeAndFlush(region);

    assertThat(written.await(10, SECONDS)).isTrue();
    assertThat(written.cause()).isInstanceOf(FileTruncatedException.class);
    client.inactive.get(10, SECONDS);
    await().untilAsserted(() -> assertThat(region.refCnt()).isZero());
    another();
  }

  /** The loop lives: a connection made now serves a file. */
  private void another() throws Exception {
    byte[] bytes = TransportContract.pattern(200_000);
    Content content = new Content(bytes);
    TransportContract.Accepted accepted = new TransportContract.Accepted(new Recorder());
    Channel server =
        fixture.server().childHandler(accepted).bind(fixture.anyPort()).sync().channel();
    Recorder second = new Recorder();
    fixture.client().handler(second).connect(server.localAddress()).sync();
    Channel secondChild = accepted.take();
    await().until(secondChild::isActive);
    secondChild.writeAndFlush(content.region(0, bytes.length)).sync();
    await().until(() -> second.received() == bytes.length);
    assertThat(second.bytes()).isEqualTo(bytes);
  }

  @Test
  void shutdownOfTheLoopReleasesRegions() throws Exception {
    Content content = new Content(TransportContract.pattern(50_000_000));
    MappedFileRegion region = content.region(0, 50_000_000);
    stopClient();
    ChannelFuture written = child.writeAndFlush(region);
    awaitStandstill(region);
    fixture.serverLoop().shutdownGracefully(0, 5, SECONDS).sync();
    assertThat(written.isDone()).isTrue();
    assertThat(written.cause()).isInstanceOf(ClosedChannelException.class);
    assertThat(region.refCnt()).isZero();
  }
}
