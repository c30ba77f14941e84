package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.stack.TcpOptions;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A socket's options, with Linux's defaults, and what of them a connection is told. */
final class SocketOptions {
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_SNDBUF = 7;
  static final int SO_RCVBUF = 8;
  static final int SO_KEEPALIVE = 9;
  static final int SO_RCVLOWAT = 18;

  static final int IPPROTO_TCP = 6;
  static final int TCP_NODELAY = 1;
  static final int TCP_MAXSEG = 2;
  static final int TCP_CORK = 3;
  static final int TCP_KEEPIDLE = 4;
  static final int TCP_KEEPINTVL = 5;
  static final int TCP_KEEPCNT = 6;
  static final int TCP_SYNCNT = 7;
  static final int TCP_LINGER2 = 8;
  static final int TCP_FASTOPEN = 23;
  static final int TCP_DEFER_ACCEPT = 9;
  static final int TCP_WINDOW_CLAMP = 10;
  static final int TCP_QUICKACK = 12;
  static final int TCP_USER_TIMEOUT = 18;
  static final int TCP_NOTSENT_LOWAT = 25;

  static final int IPPROTO_IP = 0;
  static final int IP_TOS = 1;
  static final int IP_TTL = 2;

  private final Map<Integer, Integer> values;
  private final Map<Integer, Integer> set = new LinkedHashMap<>();
  private boolean lingers;
  private int lingerSeconds;
  private long receiveTimeout;
  private long sendTimeout;
  private String congestionControl;

  SocketOptions(Sysctls sysctls) {
    values = new HashMap<>();
    put(SOL_SOCKET, SO_SNDBUF, sysctls.get("tcp_wmem", 1, 16384));
    put(SOL_SOCKET, SO_RCVBUF, sysctls.get("tcp_rmem", 1, 131072));
    put(SOL_SOCKET, SO_RCVLOWAT, 1);
    put(IPPROTO_TCP, TCP_KEEPIDLE, sysctls.get("tcp_keepalive_time", 7200));
    put(IPPROTO_TCP, TCP_KEEPINTVL, sysctls.get("tcp_keepalive_intvl", 75));
    put(IPPROTO_TCP, TCP_KEEPCNT, sysctls.get("tcp_keepalive_probes", 9));
    put(IPPROTO_TCP, TCP_SYNCNT, sysctls.get("tcp_syn_retries", 6));
    put(IPPROTO_TCP, TCP_LINGER2, sysctls.get("tcp_fin_timeout", 60));
    put(IPPROTO_TCP, TCP_QUICKACK, 1);
    put(IPPROTO_TCP, TCP_MAXSEG, 536);
    put(IPPROTO_IP, IP_TTL, 64);
    congestionControl = sysctls.get("tcp_congestion_control", "cubic");
  }

  private SocketOptions(SocketOptions other) {
    values = new HashMap<>(other.values);
    set.putAll(other.set);
    lingers = other.lingers;
    lingerSeconds = other.lingerSeconds;
    receiveTimeout = other.receiveTimeout;
    sendTimeout = other.sendTimeout;
    congestionControl = other.congestionControl;
  }

  /** What a socket that accept answers begins with. */
  SocketOptions inherited() {
    return new SocketOptions(this);
  }

  int get(int level, int name) {
    return values.getOrDefault(level << 16 | name, 0);
  }

  void put(int level, int name, int value) {
    values.put(level << 16 | name, value);
  }

  boolean reuseAddress() {
    return get(SOL_SOCKET, SO_REUSEADDR) != 0;
  }

  int receiveLowWater() {
    return get(SOL_SOCKET, SO_RCVLOWAT);
  }

  boolean lingers() {
    return lingers;
  }

  int lingerSeconds() {
    return lingerSeconds;
  }

  void linger(boolean on, int seconds) {
    lingers = on;
    lingerSeconds = seconds;
  }

  /** SO_RCVTIMEO in nanoseconds, 0 = none. */
  long receiveTimeout() {
    return receiveTimeout;
  }

  void receiveTimeout(long nanos) {
    receiveTimeout = nanos;
  }

  /** SO_SNDTIMEO in nanoseconds, 0 = none. */
  long sendTimeout() {
    return sendTimeout;
  }

  void sendTimeout(long nanos) {
    sendTimeout = nanos;
  }

  String congestionControl() {
    return congestionControl;
  }

  void congestionControl(String name) {
    congestionControl = name;
  }

  /** Remembers what the application said. */
  void set(int level, int name, int value) {
    put(level, name, value);
    set.put(level << 16 | name, value);
  }

  /** Tells a new connection or listener what differs from its defaults. */
  void apply(TcpOptions target) {
    target.noDelay(get(IPPROTO_TCP, TCP_NODELAY) != 0);
    applyKeepAlive(target);
    set.forEach((key, value) -> apply(target, key >> 16, key & 0xffff, value));
  }

  /**
   * Tells a connection or listener of one option.
   *
   * @throws IllegalArgumentException if the value is out of its range
   */
  void apply(TcpOptions target, int level, int name, int value) {
    if (level == SOL_SOCKET) {
      switch (name) {
        case SO_SNDBUF -> target.sendBuffer(value);
        case SO_RCVBUF -> target.receiveBuffer(value);
        case SO_KEEPALIVE -> applyKeepAlive(target);
        default -> {
          // The socket's own.
        }
      }
    } else if (level == IPPROTO_TCP) {
      applyTcp(target, name, value);
    } else if (level == IPPROTO_IP && name == IP_TOS) {
      target.typeOfService(value);
    } else if (level == IPPROTO_IP && name == IP_TTL) {
      target.timeToLive(value);
    }
  }

  private void applyTcp(TcpOptions target, int name, int value) {
    switch (name) {
      case TCP_NODELAY -> target.noDelay(value != 0);
      case TCP_CORK -> target.cork(value != 0);
      case TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT -> applyKeepAlive(target);
      case TCP_MAXSEG -> target.maxSegment(value);
      case TCP_SYNCNT -> target.synCount(value);
      case TCP_LINGER2 -> target.finTimeout(value);
      case TCP_DEFER_ACCEPT -> target.deferAccept(value);
      case TCP_WINDOW_CLAMP -> target.windowClamp(value);
      case TCP_QUICKACK -> target.quickAck(value != 0);
      case TCP_USER_TIMEOUT -> target.userTimeout(value);
      case TCP_NOTSENT_LOWAT -> target.notSentLowWater(value);
      default -> {
        // Kept for who asks.
      }
    }
  }

  /** What a connection or listener has now; {@code otherwise} where it has no such option. */
  static int read(TcpOptions target, int level, int name, int otherwise) {
    if (level == SOL_SOCKET) {
      return switch (name) {
        case SO_SNDBUF -> target.sendBuffer();
        case SO_RCVBUF -> target.receiveBuffer();
        default -> otherwise;
      };
    }
    if (level != IPPROTO_TCP) {
      return otherwise;
    }
    return switch (name) {
      case TCP_MAXSEG -> target.maxSegment();
      case TCP_LINGER2 -> target.finTimeout();
      case TCP_DEFER_ACCEPT -> target.deferAccept();
      case TCP_WINDOW_CLAMP -> target.windowClamp();
      case TCP_QUICKACK -> target.quickAck() ? 1 : 0;
      case TCP_USER_TIMEOUT -> target.userTimeout();
      default -> otherwise;
    };
  }

  private void applyKeepAlive(TcpOptions target) {
    target.keepAlive(
        get(SOL_SOCKET, SO_KEEPALIVE) != 0,
        get(IPPROTO_TCP, TCP_KEEPIDLE),
        get(IPPROTO_TCP, TCP_KEEPINTVL),
        get(IPPROTO_TCP, TCP_KEEPCNT));
  }

  static int getInt(byte[] bytes, int at) {
    return bytes[at] & 0xff
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  static void putInt(byte[] bytes, int at, int value) {
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
  }
}
