package dev.twinpath.userstack.netty;

import static io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE;
import static io.netty.channel.ChannelOption.IP_TOS;
import static io.netty.channel.ChannelOption.SO_KEEPALIVE;
import static io.netty.channel.ChannelOption.SO_LINGER;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static io.netty.channel.ChannelOption.TCP_NODELAY;

import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpOptions;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannelConfig;

/**
 * The options of a {@link UserStackSocketChannel}: those of every channel, ALLOW_HALF_CLOSURE,
 * SO_LINGER, SO_REUSEADDR, SO_KEEPALIVE, SO_RCVBUF, SO_SNDBUF, TCP_NODELAY, IP_TOS, and those of
 * {@link UserStackChannelOption} that are TCP's. Others are refused: {@link #setOption} returns
 * false.
 *
 * <p>Options may be set by any thread and reach the connection on its loop. Asked on the loop, an
 * option tells what the stack made of it; asked elsewhere, what was set.
 */
public final class UserStackSocketChannelConfig
    extends AbstractUserStackConfig<UserStackSocketChannelConfig> implements SocketChannelConfig {
  private static final OptionTable<UserStackSocketChannelConfig> TABLE =
      new OptionTable<UserStackSocketChannelConfig>()
          .add(
              ALLOW_HALF_CLOSURE,
              UserStackSocketChannelConfig::isAllowHalfClosure,
              UserStackSocketChannelConfig::setAllowHalfClosure)
          .add(
              SO_LINGER,
              UserStackSocketChannelConfig::getSoLinger,
              UserStackSocketChannelConfig::setSoLinger)
          .add(
              SO_REUSEADDR,
              UserStackSocketChannelConfig::isReuseAddress,
              UserStackSocketChannelConfig::setReuseAddress);

  private final UserStackSocketChannel owner;
  private final StreamOptions options = new StreamOptions();
  private volatile boolean allowHalfClosure;
  private volatile boolean reuseAddress = true;
  private volatile int soLinger = -1;

  UserStackSocketChannelConfig(UserStackSocketChannel channel) {
    super(channel);
    this.owner = channel;
    super.setMessageSizeEstimator(RegionSizeEstimator.DEFAULT);
  }

  @Override
  OptionTable<UserStackSocketChannelConfig> table() {
    return TABLE;
  }

  @Override
  StreamOptions streamOptions() {
    return options;
  }

  @Override
  TcpOptions stackOptions() {
    TcpConnection connection = owner.connection();
    return connection == null || connection.isClosed() ? null : connection.options();
  }

  /** Gives the connection what was set before there was one; the loop's thread. */
  void apply(TcpConnection connection) {
    options.apply(connection.options());
  }

  @Override
  protected void autoReadCleared() {
    owner.clearReadPending();
  }

  private <T> UserStackSocketChannelConfig set(ChannelOption<T> option, T value) {
    setOption(option, value);
    return this;
  }

  @Override
  public boolean isAllowHalfClosure() {
    return allowHalfClosure;
  }

  @Override
  public UserStackSocketChannelConfig setAllowHalfClosure(boolean allow) {
    allowHalfClosure = allow;
    return this;
  }

  @Override
  public boolean isTcpNoDelay() {
    return getOption(TCP_NODELAY);
  }

  @Override
  public UserStackSocketChannelConfig setTcpNoDelay(boolean noDelay) {
    return set(TCP_NODELAY, noDelay);
  }

  @Override
  public boolean isKeepAlive() {
    return getOption(SO_KEEPALIVE);
  }

  @Override
  public UserStackSocketChannelConfig setKeepAlive(boolean on) {
    return set(SO_KEEPALIVE, on);
  }

  @Override
  public int getSoLinger() {
    return soLinger;
  }

  /**
   * What close does with data the peer has not acknowledged.
   *
   * @param seconds negative: goes on in the background; 0: reset at once; else: reset when it takes
   *     longer. The close future never waits.
   */
  @Override
  public UserStackSocketChannelConfig setSoLinger(int seconds) {
    soLinger = seconds;
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
  public UserStackSocketChannelConfig setReuseAddress(boolean reuse) {
    reuseAddress = reuse;
    return this;
  }

  /** Bounds what is copied and not acknowledged, see {@link TcpOptions#sendBuffer(int)}. */
  @Override
  public UserStackSocketChannelConfig setSendBufferSize(int bytes) {
    return set(SO_SNDBUF, bytes);
  }

  @Override
  public int getSendBufferSize() {
    return getOption(SO_SNDBUF);
  }

  /** Bounds what the peer may send ahead, see {@link TcpOptions#receiveBuffer(int)}. */
  @Override
  public UserStackSocketChannelConfig setReceiveBufferSize(int bytes) {
    return set(SO_RCVBUF, bytes);
  }

  @Override
  public int getReceiveBufferSize() {
    return getOption(SO_RCVBUF);
  }

  @Override
  public UserStackSocketChannelConfig setTrafficClass(int trafficClass) {
    return set(IP_TOS, trafficClass);
  }

  @Override
  public int getTrafficClass() {
    return getOption(IP_TOS);
  }
}
