package dev.twinpath.userstack.netty;

import static io.netty.channel.ChannelOption.SO_BACKLOG;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;

import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TcpOptions;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.socket.ServerSocketChannelConfig;

/**
 * The options of a {@link UserStackServerSocketChannel}: those of every channel, SO_BACKLOG (before
 * bind), SO_REUSEADDR, and everything that a connection may begin with: SO_RCVBUF, SO_SNDBUF,
 * SO_KEEPALIVE, TCP_NODELAY, IP_TOS and those of {@link UserStackChannelOption} that are TCP's.
 * Others are refused: {@link #setOption} returns false.
 */
public final class UserStackServerSocketChannelConfig
    extends AbstractUserStackConfig<UserStackServerSocketChannelConfig>
    implements ServerSocketChannelConfig {
  /** Linux's default of net.core.somaxconn. */
  private static final int DEFAULT_BACKLOG = 4096;

  private static final OptionTable<UserStackServerSocketChannelConfig> TABLE =
      new OptionTable<UserStackServerSocketChannelConfig>()
          .add(
              SO_BACKLOG,
              UserStackServerSocketChannelConfig::getBacklog,
              UserStackServerSocketChannelConfig::setBacklog)
          .add(
              SO_REUSEADDR,
              UserStackServerSocketChannelConfig::isReuseAddress,
              UserStackServerSocketChannelConfig::setReuseAddress);

  private final UserStackServerSocketChannel owner;
  private final StreamOptions options = new StreamOptions();
  private volatile int backlog = DEFAULT_BACKLOG;
  private volatile boolean reuseAddress = true;

  UserStackServerSocketChannelConfig(UserStackServerSocketChannel channel) {
    super(channel, new ServerChannelRecvByteBufAllocator());
    this.owner = channel;
  }

  @Override
  OptionTable<UserStackServerSocketChannelConfig> table() {
    return TABLE;
  }

  @Override
  StreamOptions streamOptions() {
    return options;
  }

  @Override
  TcpOptions stackOptions() {
    TcpListener listener = owner.listener();
    return listener == null || !owner.isOpen() ? null : listener.options();
  }

  @Override
  protected void autoReadCleared() {
    owner.clearReadPending();
  }

  @Override
  public int getBacklog() {
    return backlog;
  }

  /**
   * Bound of the queue of connections that wait to be accepted; takes effect at bind.
   *
   * @param connections at least 1; the stack may bound it further
   */
  @Override
  public UserStackServerSocketChannelConfig setBacklog(int connections) {
    if (connections < 1) {
      throw new IllegalArgumentException("backlog: " + connections);
    }
    backlog = connections;
    return this;
  }

  @Override
  public boolean isReuseAddress() {
    return reuseAddress;
  }

  /**
   * Accepted for the sake of common code: TIME_WAIT never keeps the stack from using a port again.
   */
  @Override
  public UserStackServerSocketChannelConfig setReuseAddress(boolean reuse) {
    reuseAddress = reuse;
    return this;
  }

  @Override
  public int getReceiveBufferSize() {
    return getOption(SO_RCVBUF);
  }

  /** What connections begin with; see {@link TcpOptions#receiveBuffer(int)}. */
  @Override
  public UserStackServerSocketChannelConfig setReceiveBufferSize(int bytes) {
    setOption(SO_RCVBUF, bytes);
    return this;
  }
}
