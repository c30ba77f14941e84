package dev.twinpath.sendfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinpath.testsupport.RequiresRoot;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server may rely on when it writes file regions, on each kernel transport. */
@Timeout(60)
abstract class KernelTransportContract {
  private static final int SIZE = 3_000_000;

  @TempDir Path directory;
  private EventLoopGroup group;
  private Channel listener;
  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
  private byte[] bytes;
  private Path path;
  private FileChannel file;

  abstract KernelTransport transport();

  @BeforeEach
  void start() throws Exception {
    assumeTrue(transport().available(), () -> transport().unavailabilityCause().orElseThrow());
    bytes = new byte[SIZE];
    new Random(7).nextBytes(bytes);
    path = Files.write(directory.resolve("file"), bytes);
    file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    group = new MultiThreadIoEventLoopGroup(1, transport().ioHandlerFactory());
    listener =
        new ServerBootstrap()
            .group(group)
            .channel(transport().serverChannelClass())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    transport().prepare(channel);
                    channel.pipeline().addLast(new Quiet());
                    accepted.add(channel);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
  }

  @AfterEach
  void stop() throws Exception {
    if (group != null) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      file.close();
    }
  }

  private static final class Quiet extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private Socket connect() throws Exception {
    InetSocketAddress address = (InetSocketAddress) listener.localAddress();
    return new Socket(address.getAddress(), address.getPort());
  }

  @Test
  void aRegionArrivesWholeAndTheFileStaysOpen() throws Exception {
    try (Socket client = connect()) {
      Channel channel = accepted.take();
      TestRegion region = new TestRegion(file, 1000, SIZE - 3000);
      ChannelFuture written = channel.writeAndFlush(region);
      byte[] got = client.getInputStream().readNBytes(SIZE - 3000);
      assertThat(got).isEqualTo(java.util.Arrays.copyOfRange(bytes, 1000, SIZE - 2000));
      assertThat(written.sync().isSuccess()).isTrue();
      await().until(() -> region.deallocated);
      assertThat(file.isOpen()).isTrue();
    }
  }

  /** Netty #2964. */
  @Test
  void aRegionOfNoBytesDoesNotHang() throws Exception {
    try (Socket client = connect()) {
      Channel channel = accepted.take();
      TestRegion empty = new TestRegion(file, 500, 0);
      assertThat(channel.writeAndFlush(empty).await(20, TimeUnit.SECONDS)).isTrue();
      channel.writeAndFlush(new TestRegion(file, 0, 100)).sync();
      assertThat(client.getInputStream().readNBytes(100)).hasSize(100);
      await().until(() -> empty.deallocated);
    }
  }

  /** Netty #8868: a length beyond the file's end spun. */
  @Test
  void aRegionBeyondTheEndOfTheFileEndsTheConnection() throws Exception {
    try (Socket client = connect()) {
      Channel channel = accepted.take();
      TestRegion region = new TestRegion(file, SIZE - 1000, 5000);
      ChannelFuture written = channel.writeAndFlush(region);
      assertThat(client.getInputStream().readAllBytes().length).isLessThanOrEqualTo(1000);
      assertThatThrownBy(() -> written.sync()).isInstanceOf(Exception.class);
      assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
      await().until(() -> region.deallocated);
    }
    assertServes();
  }

  @Test
  void aFileTruncatedOnTheWayEndsTheConnection() throws Exception {
    Path big = directory.resolve("big");
    try (FileChannel channelOfBig =
        FileChannel.open(
            big, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long size = 64L << 20;
      channelOfBig.write(ByteBuffer.wrap(bytes), size - SIZE);
      try (Socket client = connect()) {
        Channel channel = accepted.take();
        TestRegion region = new TestRegion(channelOfBig, 0, size);
        channel.writeAndFlush(region);
        InputStream in = client.getInputStream();
        in.readNBytes(1000);
        channelOfBig.truncate(2000);
        assertThat(drain(in)).isLessThan(size - 1000);
        assertThat(channel.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> region.deallocated);
      }
    }
    assertServes();
  }

  @Test
  void offsetsBeyondFourGibibytesAreRight() throws Exception {
    Path huge = directory.resolve("huge");
    long size = 5L << 30;
    try (FileChannel sparse =
        FileChannel.open(
            huge,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      for (long at : new long[] {(2L << 30) - 1_500_000, (4L << 30) - 1_500_000, size - SIZE}) {
        sparse.write(ByteBuffer.wrap(bytes), at);
        try (Socket client = connect()) {
          accepted.take().writeAndFlush(new TestRegion(sparse, at, SIZE));
          assertThat(client.getInputStream().readNBytes(SIZE)).isEqualTo(bytes);
        }
      }
    } finally {
      Files.delete(huge);
    }
  }

  @Test
  @RequiresRoot(commands = "strace")
  void theBytesOfAFileNeverEnterTheProcess() throws Exception {
    Path trace = directory.resolve("trace");
    long pid = ProcessHandle.current().pid();
    Process strace =
        new ProcessBuilder(
                "strace",
                "-f",
                "-y",
                "-q",
                "-p",
                Long.toString(pid),
                "-o",
                trace.toString(),
                "-e",
                "trace=sendfile,splice,io_uring_enter,pread64,preadv,read,sendto,write,writev")
            .redirectErrorStream(true)
            .start();
    try (Socket client = connect()) {
      Channel channel = accepted.take();
      await()
          .untilAsserted(
              () ->
                  assertThat(Files.readString(Path.of("/proc/" + pid + "/status")))
                      .doesNotContain("TracerPid:\t0"));
      channel.writeAndFlush(new TestRegion(file, 0, SIZE));
      assertThat(client.getInputStream().readNBytes(SIZE)).isEqualTo(bytes);
    } finally {
      strace.destroy();
      strace.waitFor();
    }
    String name = "<" + path.toRealPath() + ">";
    List<String> calls =
        Files.readString(trace).lines().filter(call -> call.contains(name)).toList();
    if (transport() == KernelTransport.IO_URING) {
      // Its splices are no system calls of their own; but neither is there a read of the file.
      assertThat(calls).isEmpty();
    } else {
      assertThat(calls).isNotEmpty().allMatch(call -> call.contains("sendfile("));
    }
  }

  private void assertServes() throws Exception {
    try (Socket client = connect()) {
      accepted.take().writeAndFlush(new TestRegion(file, 0, SIZE));
      assertThat(client.getInputStream().readNBytes(SIZE)).isEqualTo(bytes);
    }
  }

  private static long drain(InputStream in) {
    byte[] buffer = new byte[1 << 16];
    long count = 0;
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
      }
    } catch (java.io.IOException e) {
      // A reset ends it as well.
    }
    return count;
  }
}
