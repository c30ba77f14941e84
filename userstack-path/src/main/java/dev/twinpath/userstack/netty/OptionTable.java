package dev.twinpath.userstack.netty;

import io.netty.channel.ChannelOption;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The options that a kind of channel has beyond those of every channel: one table for all channels
 * of the kind, so that a channel pays for its values only. Filled once, then read by any thread.
 */
final class OptionTable<C> {
  private static final class Access<C, T> {
    final Function<C, T> getter;
    final BiConsumer<C, T> setter;

    Access(Function<C, T> getter, BiConsumer<C, T> setter) {
      this.getter = getter;
      this.setter = setter;
    }
  }

  private final Map<ChannelOption<?>, Access<C, ?>> entries = new IdentityHashMap<>();

  /** Adds an option. */
  <T> OptionTable<C> add(ChannelOption<T> option, Function<C, T> getter, BiConsumer<C, T> setter) {
    entries.put(option, new Access<>(getter, setter));
    return this;
  }

  @SuppressWarnings("unchecked")
  private <T> Access<C, T> find(ChannelOption<T> option) {
    return (Access<C, T>) entries.get(option);
  }

  boolean has(ChannelOption<?> option) {
    return entries.containsKey(option);
  }

  /** The value of an option that is in the table. */
  <T> T get(C config, ChannelOption<T> option) {
    return find(option).getter.apply(config);
  }

  /** Sets an option that is in the table. */
  <T> void set(C config, ChannelOption<T> option, T value) {
    find(option).setter.accept(config, value);
  }

  /** Every option of the table. */
  ChannelOption<?>[] options() {
    return entries.keySet().toArray(new ChannelOption<?>[0]);
  }
}
