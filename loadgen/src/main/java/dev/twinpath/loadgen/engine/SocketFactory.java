package dev.twinpath.loadgen.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * Makes the client sockets of one event loop, without the cost of a bootstrap for each, and sees
 * those off that the server said it would close. Single-threaded.
 */
final class SocketFactory {
  /** Enough that a large body takes few reads, small enough to stay in the cache. */
  private static final int RECEIVE_BUFFER_BYTES = 128 * 1024;

  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ClientTransport transport;
  private final int connectTimeoutMillis;
  private final ReceiveBuffer receiveBuffer = new ReceiveBuffer(RECEIVE_BUFFER_BYTES);
  private final ArrayDeque<Lingering> lingering = new ArrayDeque<>();

  private record Lingering(Channel channel, long since) {}

  SocketFactory(LoadSpec spec) {
    transport = spec.transport().resolve();
    connectTimeoutMillis = (int) Math.max(1, Math.min(60_000, spec.timeoutNanos() / 1_000_000));
  }

  ChannelFuture connect(
      EventLoop eventLoop, ClientConnection connection, InetSocketAddress address) {
    SocketChannel channel = transport.newChannel();
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setConnectTimeoutMillis(connectTimeoutMillis);
    channel.config().setRecvByteBufAllocator(receiveBuffer);
    channel.pipeline().addLast(new ClientHandler(connection));
    eventLoop.register(channel);
    return channel.connect(address);
  }

  /**
   * Lets the server close first, as it announced, so that the TIME_WAIT state is the server's and
   * the client does not run out of ports; a second later the socket is closed in any case.
   */
  void linger(Channel channel, long now) {
    if (channel.isActive()) {
      lingering.add(new Lingering(channel, now));
    }
  }

  void sweep(long now) {
    while (!lingering.isEmpty() && now - lingering.peek().since > LINGER_NANOS) {
      lingering.poll().channel.close();
    }
  }

  void closeLingering() {
    lingering.forEach(old -> old.channel.close());
    lingering.clear();
  }

  void release() {
    receiveBuffer.release();
  }
}
