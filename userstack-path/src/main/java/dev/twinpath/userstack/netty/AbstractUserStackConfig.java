package dev.twinpath.userstack.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.util.Map;

/**
 * What the configurations of all our channels share: setters that return the configuration's own
 * type, options from a table, and the way of a changed value to the stack. Any thread.
 *
 * @param <C> the configuration itself
 */
abstract class AbstractUserStackConfig<C extends ChannelConfig> extends DefaultChannelConfig {
  AbstractUserStackConfig(Channel channel) {
    super(channel);
  }

  AbstractUserStackConfig(Channel channel, RecvByteBufAllocator allocator) {
    super(channel, allocator);
  }

  /** The options that this kind of channel has of its own. */
  abstract OptionTable<C> table();

  /** Gives the stack what was set, if the channel has come so far. The loop's thread. */
  abstract void applyNow();

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  /** A value changed: the stack learns of it, on its loop. */
  final C changed() {
    if (channel.isRegistered()) {
      EventLoop loop = channel.eventLoop();
      if (loop.inEventLoop()) {
        applyNow();
      } else {
        loop.execute(this::applyNow);
      }
    }
    return self();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), table().options());
  }

  @Override
  public <T> T getOption(ChannelOption<T> option) {
    return table().has(option) ? table().get(self(), option) : super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (!table().has(option)) {
      return super.setOption(option, value);
    }
    table().set(self(), option, value);
    return true;
  }

  /** No effect, as with every protocol of the JDK. */
  public C setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    return self();
  }

  @Override
  public C setConnectTimeoutMillis(int millis) {
    super.setConnectTimeoutMillis(millis);
    return self();
  }

  @Override
  @Deprecated
  public C setMaxMessagesPerRead(int count) {
    super.setMaxMessagesPerRead(count);
    return self();
  }

  @Override
  public C setWriteSpinCount(int count) {
    super.setWriteSpinCount(count);
    return self();
  }

  @Override
  public C setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return self();
  }

  @Override
  public C setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return self();
  }

  @Override
  public C setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return self();
  }

  @Override
  public C setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return self();
  }

  @Override
  public C setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return self();
  }

  @Override
  public C setWriteBufferHighWaterMark(int bytes) {
    super.setWriteBufferHighWaterMark(bytes);
    return self();
  }

  @Override
  public C setWriteBufferLowWaterMark(int bytes) {
    super.setWriteBufferLowWaterMark(bytes);
    return self();
  }

  @Override
  public C setWriteBufferWaterMark(WriteBufferWaterMark mark) {
    super.setWriteBufferWaterMark(mark);
    return self();
  }
}
