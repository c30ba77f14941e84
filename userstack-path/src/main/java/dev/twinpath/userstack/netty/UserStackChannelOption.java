package dev.twinpath.userstack.netty;

import io.netty.channel.ChannelOption;

/** Options of the user-level stack's channels that Netty has no name for. */
public final class UserStackChannelOption<T> extends ChannelOption<T> {
  /** The time to live, or hop limit, of what is sent: 1..255. */
  public static final ChannelOption<Integer> IP_TTL =
      valueOf(UserStackChannelOption.class, "IP_TTL");

  /**
   * Datagrams that are longer than the path's MTU are refused, instead of cut into fragments
   * (IP_MTU_DISCOVER with IP_PMTUDISC_DO).
   */
  public static final ChannelOption<Boolean> IP_DONT_FRAGMENT =
      valueOf(UserStackChannelOption.class, "IP_DONT_FRAGMENT");

  @SuppressWarnings("deprecation")
  private UserStackChannelOption() {
    super(null);
  }
}
