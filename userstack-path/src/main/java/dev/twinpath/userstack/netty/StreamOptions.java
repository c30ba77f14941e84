package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.stack.TcpOptions;
import io.netty.channel.ChannelOption;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The options of a connection or listener that the stack knows, and those of them that were set: a
 * channel pays for what it sets. Values may be set by any thread, before there is a connection too;
 * {@link #apply} gives them to the stack.
 */
final class StreamOptions {
  /** One option: its value where nothing was set, its range, and its way to and from the stack. */
  private static final class Access<T> {
    final T initial;
    final long least;
    final long most;
    final Function<TcpOptions, T> getter;
    final BiConsumer<TcpOptions, T> setter;

    Access(
        T initial,
        long least,
        long most,
        Function<TcpOptions, T> getter,
        BiConsumer<TcpOptions, T> setter) {
      this.initial = initial;
      this.least = least;
      this.most = most;
      this.getter = getter;
      this.setter = setter;
    }

    void check(ChannelOption<T> option, T value) {
      if (value instanceof Number) {
        long number = ((Number) value).longValue();
        if (number < least || number > most) {
          throw new IllegalArgumentException(
              option.name() + ": " + number + " is not in " + least + ".." + most);
        }
      }
    }
  }

  private static final long UNBOUNDED = 0xffff_ffffL;
  private static final Map<ChannelOption<?>, Access<?>> TABLE = new IdentityHashMap<>();

  private static <T> void add(
      ChannelOption<T> option,
      T initial,
      long least,
      long most,
      Function<TcpOptions, T> getter,
      BiConsumer<TcpOptions, T> setter) {
    TABLE.put(option, new Access<>(initial, least, most, getter, setter));
  }

  private static void flag(
      ChannelOption<Boolean> option,
      boolean initial,
      Function<TcpOptions, Boolean> getter,
      BiConsumer<TcpOptions, Boolean> setter) {
    add(option, initial, 0, 1, getter, setter);
  }

  private static void number(
      ChannelOption<Integer> option,
      int initial,
      int least,
      int most,
      Function<TcpOptions, Integer> getter,
      BiConsumer<TcpOptions, Integer> setter) {
    add(option, initial, least, most, getter, setter);
  }

  static {
    flag(ChannelOption.TCP_NODELAY, true, TcpOptions::noDelay, TcpOptions::noDelay);
    flag(UserStackChannelOption.TCP_CORK, false, TcpOptions::cork, TcpOptions::cork);
    flag(UserStackChannelOption.TCP_QUICKACK, true, TcpOptions::quickAck, TcpOptions::quickAck);
    flag(
        ChannelOption.SO_KEEPALIVE,
        false,
        TcpOptions::keepAlive,
        (o, on) -> o.keepAlive(on, o.keepAliveIdle(), o.keepAliveInterval(), o.keepAliveCount()));
    number(
        UserStackChannelOption.TCP_KEEPIDLE,
        7200,
        1,
        32_767,
        TcpOptions::keepAliveIdle,
        (o, seconds) ->
            o.keepAlive(o.keepAlive(), seconds, o.keepAliveInterval(), o.keepAliveCount()));
    number(
        UserStackChannelOption.TCP_KEEPINTVL,
        75,
        1,
        32_767,
        TcpOptions::keepAliveInterval,
        (o, seconds) -> o.keepAlive(o.keepAlive(), o.keepAliveIdle(), seconds, o.keepAliveCount()));
    number(
        UserStackChannelOption.TCP_KEEPCNT,
        9,
        1,
        127,
        TcpOptions::keepAliveCount,
        (o, count) -> o.keepAlive(o.keepAlive(), o.keepAliveIdle(), o.keepAliveInterval(), count));
    int most = Integer.MAX_VALUE;
    number(
        ChannelOption.SO_RCVBUF,
        131_072,
        0,
        most,
        TcpOptions::receiveBuffer,
        TcpOptions::receiveBuffer);
    number(
        ChannelOption.SO_SNDBUF, 16_384, 0, most, TcpOptions::sendBuffer, TcpOptions::sendBuffer);
    add(
        UserStackChannelOption.TCP_NOTSENT_LOWAT,
        UNBOUNDED,
        0,
        UNBOUNDED,
        o -> o.notSentLowWater() & UNBOUNDED,
        (o, bytes) -> o.notSentLowWater((int) (long) bytes));
    number(
        UserStackChannelOption.TCP_USER_TIMEOUT,
        0,
        0,
        most,
        TcpOptions::userTimeout,
        TcpOptions::userTimeout);
    number(
        UserStackChannelOption.TCP_DEFER_ACCEPT,
        0,
        0,
        most,
        TcpOptions::deferAccept,
        TcpOptions::deferAccept);
    number(
        UserStackChannelOption.TCP_MAXSEG,
        0,
        0,
        32_767,
        TcpOptions::maxSegment,
        TcpOptions::maxSegment);
    number(
        UserStackChannelOption.TCP_SYNCNT, 6, 1, 127, TcpOptions::synCount, TcpOptions::synCount);
    number(
        UserStackChannelOption.TCP_LINGER2,
        60,
        Integer.MIN_VALUE,
        most,
        TcpOptions::finTimeout,
        TcpOptions::finTimeout);
    number(
        UserStackChannelOption.TCP_WINDOW_CLAMP,
        0,
        0,
        most,
        TcpOptions::windowClamp,
        TcpOptions::windowClamp);
    number(ChannelOption.IP_TOS, 0, 0, 255, TcpOptions::typeOfService, TcpOptions::typeOfService);
    number(
        UserStackChannelOption.IP_TTL, 64, 1, 255, TcpOptions::timeToLive, TcpOptions::timeToLive);
  }

  /** Options and their values in turn; replaced, never changed. */
  private volatile Object[] pairs = {};

  /** Whether the stack knows an option. */
  static boolean has(ChannelOption<?> option) {
    return TABLE.containsKey(option);
  }

  /** Every option that the stack knows. */
  static ChannelOption<?>[] all() {
    return TABLE.keySet().toArray(new ChannelOption<?>[0]);
  }

  @SuppressWarnings("unchecked")
  private static <T> Access<T> access(ChannelOption<T> option) {
    return (Access<T>) TABLE.get(option);
  }

  /**
   * Remembers a value.
   *
   * @throws IllegalArgumentException if it is out of the option's range
   */
  synchronized <T> void put(ChannelOption<T> option, T value) {
    access(option).check(option, value);
    Object[] before = pairs;
    int at = find(before, option);
    Object[] after = Arrays.copyOf(before, at < 0 ? before.length + 2 : before.length);
    at = at < 0 ? before.length : at;
    after[at] = option;
    after[at + 1] = value;
    pairs = after;
  }

  private static int find(Object[] pairs, ChannelOption<?> option) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] == option) {
        return i;
      }
    }
    return -1;
  }

  /** What was set, or the value that the stack begins with. */
  @SuppressWarnings("unchecked")
  <T> T get(ChannelOption<T> option) {
    Object[] now = pairs;
    int at = find(now, option);
    return at < 0 ? access(option).initial : (T) now[at + 1];
  }

  /** What the stack says; its thread. */
  static <T> T ask(TcpOptions stack, ChannelOption<T> option) {
    return access(option).getter.apply(stack);
  }

  /** Gives the stack one value; its thread. */
  <T> void apply(TcpOptions stack, ChannelOption<T> option) {
    access(option).setter.accept(stack, get(option));
  }

  /** Gives the stack everything that was set; its thread. */
  void apply(TcpOptions stack) {
    Object[] now = pairs;
    for (int i = 0; i < now.length; i += 2) {
      apply(stack, (ChannelOption<?>) now[i]);
    }
  }
}
