package dev.twinpath.userstack.netty;

import static io.netty.channel.ChannelOption.SO_BACKLOG;
import static io.netty.channel.ChannelOption.SO_REUSEADDR;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannelConfig;
import java.util.Map;

/**
 * The options of a {@link UserStackServerSocketChannel}: those of every channel, SO_BACKLOG (before
 * bind) and SO_REUSEADDR. Others are refused: {@link #setOption} returns false.
 */
public final class UserStackServerSocketChannelConfig extends DefaultChannelConfig
    implements ServerSocketChannelConfig {
  /** Linux's default of net.core.somaxconn. */
  private static final int DEFAULT_BACKLOG = 4096;

  private final UserStackServerSocketChannel owner;
  private volatile int backlog = DEFAULT_BACKLOG;
  private volatile boolean reuseAddress = true;

  UserStackServerSocketChannelConfig(UserStackServerSocketChannel channel) {
    super(channel, new ServerChannelRecvByteBufAllocator());
    this.owner = channel;
  }

  @Override
  protected void autoReadCleared() {
    owner.clearReadPending();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), SO_BACKLOG, SO_REUSEADDR);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> T getOption(ChannelOption<T> option) {
    if (option == SO_BACKLOG) {
      return (T) Integer.valueOf(backlog);
    }
    if (option == SO_REUSEADDR) {
      return (T) Boolean.valueOf(reuseAddress);
    }
    return super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option == SO_BACKLOG) {
      setBacklog((Integer) value);
    } else if (option == SO_REUSEADDR) {
      setReuseAddress((Boolean) value);
    } else {
      return super.setOption(option, value);
    }
    return true;
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

  /** Not an option of this stack: see {@code StackConfig.receiveWindow}. */
  @Override
  public int getReceiveBufferSize() {
    throw new UnsupportedOperationException("SO_RCVBUF: see StackConfig.receiveWindow");
  }

  /** Not an option of this stack: see {@code StackConfig.receiveWindow}. */
  @Override
  public UserStackServerSocketChannelConfig setReceiveBufferSize(int bytes) {
    throw new UnsupportedOperationException("SO_RCVBUF: set StackConfig.receiveWindow");
  }

  /** No effect, as with every TCP of the JDK. */
  @Override
  public UserStackServerSocketChannelConfig setPerformancePreferences(
      int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setConnectTimeoutMillis(int millis) {
    super.setConnectTimeoutMillis(millis);
    return this;
  }

  @Override
  @Deprecated
  public UserStackServerSocketChannelConfig setMaxMessagesPerRead(int count) {
    super.setMaxMessagesPerRead(count);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setWriteSpinCount(int count) {
    super.setWriteSpinCount(count);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setRecvByteBufAllocator(
      RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setMessageSizeEstimator(
      MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setWriteBufferHighWaterMark(int bytes) {
    super.setWriteBufferHighWaterMark(bytes);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setWriteBufferLowWaterMark(int bytes) {
    super.setWriteBufferLowWaterMark(bytes);
    return this;
  }

  @Override
  public UserStackServerSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark mark) {
    super.setWriteBufferWaterMark(mark);
    return this;
  }
}
