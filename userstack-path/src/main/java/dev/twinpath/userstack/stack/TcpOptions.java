package dev.twinpath.userstack.stack;

/**
 * The options of a connection, with the meaning and the ranges that Linux gives them (tcp(7),
 * socket(7), ip(7)). A listener has them too: a connection begins with what its listener had when
 * the SYN came. All methods on the shard's thread; once a connection is over they change nothing
 * that is seen.
 *
 * <p>A value out of its range is an {@link IllegalArgumentException}, where Linux says EINVAL.
 */
public interface TcpOptions {
  /**
   * TCP_NODELAY: Nagle's algorithm off (true, the stack's default: data waits for {@link
   * TcpConnection#flush} anyway) or on (RFC 9293 section 3.7.4, with Minshall's rule). Setting it
   * to true sends what waits.
   */
  void noDelay(boolean on);

  /** Whether Nagle's algorithm is off. */
  boolean noDelay();

  /**
   * TCP_CORK: a segment that is not full waits until this is false again, the output is shut, or
   * 200 ms have passed. Stronger than {@link #noDelay(boolean)}.
   */
  void cork(boolean on);

  /** Whether partial segments are held back. */
  boolean cork();

  /**
   * SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT (RFC 9293 section 3.8.4).
   *
   * @param on whether to probe
   * @param idleSeconds idle time before the first probe, 1..32767 (Linux: 7200)
   * @param intervalSeconds time between probes, 1..32767 (75)
   * @param count unanswered probes that end the connection, 1..127 (9)
   */
  void keepAlive(boolean on, int idleSeconds, int intervalSeconds, int count);

  /** Whether keep-alive is on. */
  boolean keepAlive();

  /** TCP_KEEPIDLE in seconds. */
  int keepAliveIdle();

  /** TCP_KEEPINTVL in seconds. */
  int keepAliveInterval();

  /** TCP_KEEPCNT. */
  int keepAliveCount();

  /**
   * SO_RCVBUF. As Linux, the value is cut to {@link StackConfig#maxReceiveOption} and doubled, for
   * half of a buffer counts as overhead, and the size is fixed: no auto-tuning any more.
   *
   * @param bytes at least 0; small values count as 1152
   */
  void receiveBuffer(int bytes);

  /** The size of the receive buffer now, twice the window that it gives. */
  int receiveBuffer();

  /**
   * SO_SNDBUF: likewise, cut to {@link StackConfig#maxSendOption} and doubled.
   *
   * @param bytes at least 0; small values count as 2304
   */
  void sendBuffer(int bytes);

  /** The size of the send buffer now. File ranges lie outside of it. */
  int sendBuffer();

  /**
   * TCP_NOTSENT_LOWAT: with this many bytes queued and never sent, {@link TcpConnection#isWritable}
   * is false.
   *
   * @param bytes as an unsigned number; -1 = no bound, the default
   */
  void notSentLowWater(int bytes);

  /** TCP_NOTSENT_LOWAT. */
  int notSentLowWater();

  /**
   * TCP_USER_TIMEOUT (RFC 5482's USER_TIMEOUT): how long sent data may stay unacknowledged, or the
   * peer's window shut, before the connection ends. Takes the place of the retry count, and of the
   * keep-alive count.
   *
   * @param millis at least 0; 0 = off, the default
   */
  void userTimeout(int millis);

  /** TCP_USER_TIMEOUT in milliseconds. */
  int userTimeout();

  /**
   * SO_LINGER: what {@link TcpConnection#close} does with data that is not acknowledged.
   *
   * @param seconds negative: it goes out in the background, the default; 0: RST at once, the data
   *     is lost; positive: as negative. Linux lets close() wait so long, and goes on in the
   *     background then; no call waits here, {@link ConnectionHandler#onClosed} tells when it is
   *     over
   */
  void linger(int seconds);

  /** SO_LINGER in seconds; negative = off. */
  int linger();

  /**
   * TCP_MAXSEG: bounds the segments of both directions. To be set before the handshake.
   *
   * @param bytes 88..32767; 0 = no bound
   */
  void maxSegment(int bytes);

  /** Payload bytes of a full segment now; before the handshake what was set, or 536. */
  int maxSegment();

  /**
   * TCP_WINDOW_CLAMP: bounds the window that is advertised.
   *
   * @param bytes at least 0; less than 1152 counts as 1152; 0 = no bound, before the handshake only
   */
  void windowClamp(int bytes);

  /** TCP_WINDOW_CLAMP; 0 = none yet. */
  int windowClamp();

  /**
   * TCP_QUICKACK: acknowledge at once (true) or as an interactive connection (false), until the
   * traffic decides again. Sends an ACK that waits.
   */
  void quickAck(boolean on);

  /** Whether ACKs are not held back for answers now. */
  boolean quickAck();

  /**
   * TCP_SYNCNT: SYNs sent again before an active open fails.
   *
   * @param count 1..127
   */
  void synCount(int count);

  /** TCP_SYNCNT. */
  int synCount();

  /**
   * TCP_DEFER_ACCEPT, for a listener: a handshake is only complete when data comes. Linux counts
   * SYN-ACKs: the time is rounded up to a number of their timeouts, after which a bare ACK will do.
   *
   * @param seconds at least 0; 0 = off
   */
  void deferAccept(int seconds);

  /** TCP_DEFER_ACCEPT in seconds, rounded as Linux does. */
  int deferAccept();

  /**
   * TCP_LINGER2: how long FIN_WAIT_2 lasts after close.
   *
   * @param seconds 0 = {@link StackConfig#finTimeout}; negative = not at all, but a reset; more
   *     than 120 counts as 120
   */
  void finTimeout(int seconds);

  /** TCP_LINGER2 in seconds. */
  int finTimeout();

  /**
   * IP_TOS, IPV6_TCLASS: the type of service of what is sent. The two bits of ECN are the stack's.
   *
   * @param value 0..255
   */
  void typeOfService(int value);

  /** IP_TOS. */
  int typeOfService();

  /**
   * IP_TTL, IPV6_UNICAST_HOPS.
   *
   * @param hops 1..255
   */
  void timeToLive(int hops);

  /** IP_TTL. */
  int timeToLive();
}
