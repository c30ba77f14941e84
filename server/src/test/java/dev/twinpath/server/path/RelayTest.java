package dev.twinpath.server.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinpath.server.path.RelaySide.ByteCounter;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A relay between two kernel connections, so that plain sockets can look at both ends. */
class RelayTest {
  private static final int PATIENCE_MILLIS = 20_000;

  private final EventLoopGroup fronts =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoopGroup backs =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicLong in = new AtomicLong();
  private final AtomicLong out = new AtomicLong();
  private ServerSocket server;
  private Channel door;

  @BeforeEach
  void open() throws IOException {
    server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    door =
        new ServerBootstrap()
            .group(fronts)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel accepted) {
                    relay(accepted);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  private void relay(Channel accepted) {
    Relay relay = new Relay(counter(in), counter(out));
    accepted.pipeline().addLast(relay.front());
    new Bootstrap()
        .group(backs)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .handler(relay.back())
        .connect(server.getLocalSocketAddress())
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  if (connected.isSuccess()) {
                    relay.start();
                  } else {
                    relay.reset();
                  }
                });
  }

  private static ByteCounter counter(AtomicLong total) {
    return total::addAndGet;
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    fronts.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    backs.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = (InetSocketAddress) door.localAddress();
    Socket socket = new Socket();
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address);
    return socket;
  }

  private Socket accept() throws IOException {
    server.setSoTimeout(PATIENCE_MILLIS);
    Socket socket = server.accept();
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void bytesCrossInBothDirectionsAndFinEndsEachAlone() throws Exception {
    byte[] request = noise(3_000_000);
    byte[] response = noise(5_000_000);
    try (Socket client = connect();
        Socket backend = accept()) {
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.getOutputStream().write(request);
                  client.shutdownOutput();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(backend.getInputStream().readAllBytes()).isEqualTo(request);
      sending.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      // The client's side has ended; the server's answer still comes through.
      CompletableFuture<Void> answering =
          CompletableFuture.runAsync(
              () -> {
                try {
                  backend.getOutputStream().write(response);
                  backend.close();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(response);
      answering.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
    assertThat(in).hasValue(request.length);
    assertThat(out).hasValue(response.length);
  }

  @Test
  void aResetOfTheClientReachesTheServer() throws IOException {
    try (Socket client = connect();
        Socket backend = accept()) {
      client.getOutputStream().write(1);
      assertThat(backend.getInputStream().read()).isEqualTo(1);
      client.setSoLinger(true, 0);
      client.close();
      assertThatThrownBy(() -> backend.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aResetOfTheServerReachesTheClient() throws IOException {
    try (Socket client = connect();
        Socket backend = accept()) {
      client.getOutputStream().write(1);
      assertThat(backend.getInputStream().read()).isEqualTo(1);
      backend.setSoLinger(true, 0);
      backend.close();
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void whereNobodyListensTheClientIsReset() throws IOException {
    server.close();
    try (Socket client = connect()) {
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  /** A reader that does not read stops the sender; the relay holds no more than its watermarks. */
  @Test
  void aSlowReaderSlowsTheSenderAndNotTheMemory() throws Exception {
    try (Socket client = connect();
        Socket backend = accept()) {
      AtomicLong written = new AtomicLong();
      byte[] piece = noise(64 * 1024);
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  OutputStream stream = backend.getOutputStream();
                  for (int i = 0; i < 800; i++) {
                    stream.write(piece);
                    written.addAndGet(piece.length);
                  }
                  backend.shutdownOutput();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      AtomicLong before = new AtomicLong(-1);
      await()
          .pollInterval(300, TimeUnit.MILLISECONDS)
          .until(() -> before.getAndSet(written.get()) == written.get());
      // What is on its way: the relay's own share, and what the kernel's socket buffers hold.
      assertThat(written.get()).as("sent to a client that reads nothing").isLessThan(24L << 20);
      assertThat(sending.isDone()).isFalse();
      assertThat(client.getInputStream().transferTo(OutputStream.nullOutputStream()))
          .isEqualTo(800L * piece.length);
      sending.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
