package dev.twinpath.userstack.netty;

import static io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE;
import static io.netty.channel.ChannelOption.SO_KEEPALIVE;
import static io.netty.channel.ChannelOption.SO_LINGER;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;
import static io.netty.channel.ChannelOption.TCP_NODELAY;

import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import java.util.Map;

/**
 * The options of a {@link UserStackSocketChannel}: those of every channel, and ALLOW_HALF_CLOSURE,
 * TCP_NODELAY, SO_KEEPALIVE, SO_LINGER and SO_REUSEADDR. Others are refused: {@link #setOption}
 * returns false.
 *
 * <p>Options may be set by any thread and reach the connection on its loop.
 */
public final class UserStackSocketChannelConfig extends DefaultChannelConfig
    implements SocketChannelConfig {
  /** Linux's defaults: tcp_keepalive_time, tcp_keepalive_intvl in seconds, tcp_keepalive_probes. */
  private static final int KEEP_ALIVE_IDLE = 7200;

  private static final int KEEP_ALIVE_INTERVAL = 75;
  private static final int KEEP_ALIVE_PROBES = 9;

  private final UserStackSocketChannel owner;
  private volatile boolean allowHalfClosure;
  private volatile boolean tcpNoDelay = true;
  private volatile boolean keepAlive;
  private volatile boolean reuseAddress = true;
  private volatile int soLinger = -1;

  UserStackSocketChannelConfig(UserStackSocketChannel channel) {
    super(channel);
    this.owner = channel;
    super.setMessageSizeEstimator(RegionSizeEstimator.DEFAULT);
  }

  /** Gives the connection what was set before there was one; the loop's thread. */
  void apply(TcpConnection connection) {
    connection.noDelay(tcpNoDelay);
    if (keepAlive) {
      connection.keepAlive(true, KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES);
    }
  }

  private void applyAll() {
    if (!owner.isRegistered()) {
      return;
    }
    EventLoop loop = owner.eventLoop();
    if (!loop.inEventLoop()) {
      loop.execute(this::applyAll);
      return;
    }
    TcpConnection connection = owner.connection();
    if (connection != null && !connection.isClosed()) {
      connection.noDelay(tcpNoDelay);
      connection.keepAlive(keepAlive, KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES);
    }
  }

  @Override
  protected void autoReadCleared() {
    owner.clearReadPending();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(), ALLOW_HALF_CLOSURE, TCP_NODELAY, SO_KEEPALIVE, SO_LINGER, SO_REUSEADDR);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> T getOption(ChannelOption<T> option) {
    if (option == ALLOW_HALF_CLOSURE) {
      return (T) Boolean.valueOf(allowHalfClosure);
    }
    if (option == TCP_NODELAY) {
      return (T) Boolean.valueOf(tcpNoDelay);
    }
    if (option == SO_KEEPALIVE) {
      return (T) Boolean.valueOf(keepAlive);
    }
    if (option == SO_LINGER) {
      return (T) Integer.valueOf(soLinger);
    }
    if (option == SO_REUSEADDR) {
      return (T) Boolean.valueOf(reuseAddress);
    }
    return super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option == ALLOW_HALF_CLOSURE) {
      setAllowHalfClosure((Boolean) value);
    } else if (option == TCP_NODELAY) {
      setTcpNoDelay((Boolean) value);
    } else if (option == SO_KEEPALIVE) {
      setKeepAlive((Boolean) value);
    } else if (option == SO_LINGER) {
      setSoLinger((Integer) value);
    } else if (option == SO_REUSEADDR) {
      setReuseAddress((Boolean) value);
    } else {
      return super.setOption(option, value);
    }
    return true;
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
    return tcpNoDelay;
  }

  @Override
  public UserStackSocketChannelConfig setTcpNoDelay(boolean noDelay) {
    tcpNoDelay = noDelay;
    applyAll();
    return this;
  }

  @Override
  public boolean isKeepAlive() {
    return keepAlive;
  }

  @Override
  public UserStackSocketChannelConfig setKeepAlive(boolean on) {
    keepAlive = on;
    applyAll();
    return this;
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

  /** Not an option of this stack: see {@code StackConfig.sendBuffer}. */
  @Override
  public UserStackSocketChannelConfig setSendBufferSize(int bytes) {
    throw new UnsupportedOperationException("SO_SNDBUF: set StackConfig.sendBuffer");
  }

  /** Not an option of this stack: see {@code StackConfig.sendBuffer}. */
  @Override
  public int getSendBufferSize() {
    throw new UnsupportedOperationException("SO_SNDBUF: see StackConfig.sendBuffer");
  }

  /** Not an option of this stack: see {@code StackConfig.receiveWindow}. */
  @Override
  public UserStackSocketChannelConfig setReceiveBufferSize(int bytes) {
    throw new UnsupportedOperationException("SO_RCVBUF: set StackConfig.receiveWindow");
  }

  /** Not an option of this stack: see {@code StackConfig.receiveWindow}. */
  @Override
  public int getReceiveBufferSize() {
    throw new UnsupportedOperationException("SO_RCVBUF: see StackConfig.receiveWindow");
  }

  /** Not an option of this stack. */
  @Override
  public UserStackSocketChannelConfig setTrafficClass(int trafficClass) {
    throw new UnsupportedOperationException("IP_TOS");
  }

  /** The stack sends type of service 0. */
  @Override
  public int getTrafficClass() {
    return 0;
  }

  /** No effect, as with every TCP of the JDK. */
  @Override
  public UserStackSocketChannelConfig setPerformancePreferences(
      int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setConnectTimeoutMillis(int millis) {
    super.setConnectTimeoutMillis(millis);
    return this;
  }

  @Override
  @Deprecated
  public UserStackSocketChannelConfig setMaxMessagesPerRead(int count) {
    super.setMaxMessagesPerRead(count);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setWriteSpinCount(int count) {
    super.setWriteSpinCount(count);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public UserStackSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark mark) {
    super.setWriteBufferWaterMark(mark);
    return this;
  }
}
