package dev.twinpath.userstack.netty;

import io.netty.channel.ChannelOption;

/**
 * Options of the user-level stack's channels beyond Netty's common ones, under the names and with
 * the meanings of {@code EpollChannelOption}; see tcp(7), socket(7), ip(7).
 */
public final class UserStackChannelOption<T> extends ChannelOption<T> {
  /** Hold segments back that are not full, for 200 ms at most. */
  public static final ChannelOption<Boolean> TCP_CORK = of("TCP_CORK");

  /** The channel's stack takes no more while this many bytes are unsent; 2^32 - 1 = no bound. */
  public static final ChannelOption<Long> TCP_NOTSENT_LOWAT = of("TCP_NOTSENT_LOWAT");

  /** Idle seconds before the first keep-alive probe, 1..32767. */
  public static final ChannelOption<Integer> TCP_KEEPIDLE = of("TCP_KEEPIDLE");

  /** Seconds between keep-alive probes, 1..32767. */
  public static final ChannelOption<Integer> TCP_KEEPINTVL = of("TCP_KEEPINTVL");

  /** Unanswered keep-alive probes that end the connection, 1..127. */
  public static final ChannelOption<Integer> TCP_KEEPCNT = of("TCP_KEEPCNT");

  /** Milliseconds that data may stay unacknowledged before the connection ends; 0 = off. */
  public static final ChannelOption<Integer> TCP_USER_TIMEOUT = of("TCP_USER_TIMEOUT");

  /** Acknowledge at once, until the traffic decides again. */
  public static final ChannelOption<Boolean> TCP_QUICKACK = of("TCP_QUICKACK");

  /**
   * Of a server: a connection is only accepted when data comes, or after these seconds; 0 = off.
   */
  public static final ChannelOption<Integer> TCP_DEFER_ACCEPT = of("TCP_DEFER_ACCEPT");

  /** The longest segment, 88..32767 bytes; 0 = what the link carries. Before connect or bind. */
  public static final ChannelOption<Integer> TCP_MAXSEG = of("TCP_MAXSEG");

  /** SYNs that are sent again before connecting fails, 1..127. */
  public static final ChannelOption<Integer> TCP_SYNCNT = of("TCP_SYNCNT");

  /** Seconds in FIN_WAIT_2 after close; 0 = the stack's, negative = none. */
  public static final ChannelOption<Integer> TCP_LINGER2 = of("TCP_LINGER2");

  /** Bounds the window that is advertised, in bytes; 0 = no bound. */
  public static final ChannelOption<Integer> TCP_WINDOW_CLAMP = of("TCP_WINDOW_CLAMP");

  /** The time to live, or hop limit, of what is sent: 1..255. */
  public static final ChannelOption<Integer> IP_TTL = of("IP_TTL");

  /**
   * Datagrams that are longer than the path's MTU are refused, instead of cut into fragments
   * (IP_MTU_DISCOVER with IP_PMTUDISC_DO).
   */
  public static final ChannelOption<Boolean> IP_DONT_FRAGMENT = of("IP_DONT_FRAGMENT");

  @SuppressWarnings("deprecation")
  private UserStackChannelOption() {
    super(null);
  }

  @SuppressWarnings("TypeParameterUnusedInFormals")
  private static <T> ChannelOption<T> of(String name) {
    return valueOf(UserStackChannelOption.class, name);
  }
}
