package dev.twinpath.sendfile;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A smoke test of a transport: one connection over loopback and a few bytes of a file through it. A
 * library that loads may still be unusable (seccomp filters in containers refuse {@code
 * io_uring_setup} or single operations), and a server should learn that before its first client.
 *
 * @param cause why the transport cannot be used, or empty
 */
record TransportProbe(Optional<String> cause) {
  private static final int BYTES = 64;
  private static final long LIMIT_SECONDS = 3;

  static TransportProbe run(KernelTransport transport) {
    Optional<String> library = transport.libraryCause();
    if (library.isPresent() || transport == KernelTransport.NIO) {
      return new TransportProbe(library);
    }
    try {
      smoke(transport);
      return new TransportProbe(Optional.empty());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new TransportProbe(Optional.of("interrupted while probing"));
    } catch (ExecutionException e) {
      return new TransportProbe(Optional.of("probe failed: " + oneLine(e.getCause())));
    } catch (TimeoutException e) {
      return new TransportProbe(
          Optional.of("probe failed: no bytes within " + LIMIT_SECONDS + " s over loopback"));
    } catch (IOException | RuntimeException | LinkageError e) {
      return new TransportProbe(Optional.of("probe failed: " + oneLine(e)));
    }
  }

  static String oneLine(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    String text = message == null ? root.getClass().getSimpleName() : message;
    return text.replaceAll("\\s+", " ").strip();
  }

  private static void smoke(KernelTransport transport)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    Path file = Files.createTempFile("twinpath-probe", ".bin");
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("probe-" + transport.label(), true),
            transport.ioHandlerFactory());
    try {
      Files.write(file, new byte[BYTES]);
      CompletableFuture<Void> received = new CompletableFuture<>();
      ChannelFuture bound =
          new ServerBootstrap()
              .group(group)
              .channel(transport.serverChannelClass())
              .childHandler(initializer(new FileSender(file, received)))
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      bound.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      new Bootstrap()
          .group(group)
          .channel(transport.channelClass())
          .handler(initializer(new ByteCounter(received)))
          .connect(bound.channel().localAddress())
          .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      received.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      Files.deleteIfExists(file);
    }
  }

  private static ChannelInitializer<Channel> initializer(ChannelInboundHandlerAdapter handler) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel ch) {
        ch.pipeline().addLast(handler);
      }
    };
  }

  /** Sends the probe file to whoever connects. */
  private static final class FileSender extends ChannelInboundHandlerAdapter {
    private final Path file;
    private final CompletableFuture<Void> result;

    FileSender(Path file, CompletableFuture<Void> result) {
      this.file = file;
      this.result = result;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      ctx.writeAndFlush(new DefaultFileRegion(channel, 0, BYTES))
          .addListener(
              written -> {
                if (!written.isSuccess()) {
                  result.completeExceptionally(written.cause());
                }
              });
    }
  }

  /** Completes when all bytes of the probe file have come. */
  private static final class ByteCounter extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> result;
    private int received;

    ByteCounter(CompletableFuture<Void> result) {
      this.result = result;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      received += ((ByteBuf) msg).readableBytes();
      ReferenceCountUtil.release(msg);
      if (received >= BYTES) {
        result.complete(null);
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      result.completeExceptionally(cause);
    }
  }
}
