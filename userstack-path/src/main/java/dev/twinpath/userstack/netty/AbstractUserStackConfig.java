package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.stack.TcpOptions;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
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

  /** The TCP options that were set; null for a kind of channel that has none. */
  StreamOptions streamOptions() {
    return null;
  }

  /** The stack's own TCP options, null before there are any. The loop's thread. */
  TcpOptions stackOptions() {
    return null;
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }

  private boolean onLoop() {
    return channel.isRegistered() && channel.eventLoop().inEventLoop();
  }

  /** Runs something on the loop, now if this is its thread; nothing before registration. */
  final void later(Runnable action) {
    if (onLoop()) {
      action.run();
    } else if (channel.isRegistered()) {
      channel.eventLoop().execute(action);
    }
  }

  private boolean isStream(ChannelOption<?> option) {
    return streamOptions() != null && StreamOptions.has(option);
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    Map<ChannelOption<?>, Object> all = getOptions(super.getOptions(), table().options());
    return streamOptions() == null ? all : getOptions(all, StreamOptions.all());
  }

  @Override
  public <T> T getOption(ChannelOption<T> option) {
    if (isStream(option)) {
      TcpOptions stack = onLoop() ? stackOptions() : null;
      return stack == null ? streamOptions().get(option) : StreamOptions.ask(stack, option);
    }
    return table().has(option) ? table().get(self(), option) : super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (isStream(option)) {
      streamOptions().put(option, value);
      later(() -> applyStream(option));
    } else if (table().has(option)) {
      table().set(self(), option, value);
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  private <T> void applyStream(ChannelOption<T> option) {
    TcpOptions stack = stackOptions();
    if (stack != null) {
      streamOptions().apply(stack, option);
    }
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
