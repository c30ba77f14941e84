package dev.twinpath.userstack.conformance;

import static dev.twinpath.userstack.conformance.SocketOptions.IPPROTO_TCP;
import static dev.twinpath.userstack.conformance.SocketOptions.SOL_SOCKET;
import static dev.twinpath.userstack.conformance.SocketOptions.getInt;
import static dev.twinpath.userstack.conformance.SocketOptions.putInt;

import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.StackConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** getsockopt and setsockopt: sock_setsockopt and do_tcp_setsockopt of Linux. */
final class OptionCalls {
  private static final int SO_TYPE = 3;
  private static final int SO_ERROR = 4;
  private static final int SO_LINGER = 13;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int SO_MEMINFO = 55;
  private static final int TCP_INFO = 11;
  private static final int TCP_CONGESTION = 13;
  private static final int TCP_CC_INFO = 26;
  private static final int TCP_LAST_KNOWN = 44;
  private static final int SO_LAST_KNOWN = 83;
  private static final int NAME_MAX = 16;
  private static final int LEAST_SEND_BUFFER = 4608;
  private static final int LEAST_RECEIVE_BUFFER = 2304;
  private static final int MAX_BUFFER = 212_992;
  private static final int MAX_KEEPIDLE = 32_767;
  private static final int MAX_KEEPCNT = 127;

  private OptionCalls() {}

  static Reply get(VirtualSocket s, Call call, AdapterOptions adapter) {
    if (call.data.length < 4 || getInt(call.data, 0) < 0) {
      return Reply.error(Errno.EINVAL);
    }
    int room = getInt(call.data, 0);
    int level = call.b;
    int name = call.c;
    if (level == IPPROTO_TCP && name == TCP_INFO) {
      return cut(LinuxTcpInfo.of(s), room);
    }
    if (level == IPPROTO_TCP && name == TCP_CC_INFO) {
      // As Linux answers for a congestion control that has nothing to tell.
      return Reply.of(0);
    }
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
      byte[] text = s.options.congestionControl().getBytes(StandardCharsets.US_ASCII);
      return cut(Arrays.copyOf(text, NAME_MAX), room);
    }
    if (level == SOL_SOCKET) {
      switch (name) {
        case SO_LINGER:
          byte[] linger = new byte[8];
          putInt(linger, 0, s.options.lingers() ? 1 : 0);
          putInt(linger, 4, s.options.lingerSeconds());
          return cut(linger, room);
        case SO_MEMINFO:
          return cut(memory(s), room);
        case SO_RCVTIMEO:
          return cut(time(s.options.receiveTimeout()), room);
        case SO_SNDTIMEO:
          return cut(time(s.options.sendTimeout()), room);
        default:
          break;
      }
    }
    int value;
    if (level == SOL_SOCKET && name <= SO_LAST_KNOWN) {
      value = socketLevel(s, name);
    } else if (level == IPPROTO_TCP && name > 0 && name <= TCP_LAST_KNOWN) {
      value = tcpLevel(s, name, adapter.config());
    } else if (level == 0 || level == 41) {
      value = s.options.get(level, name);
    } else {
      return Reply.error(level == SOL_SOCKET ? Errno.ENOPROTOOPT : unknown(level));
    }
    byte[] bytes = new byte[4];
    putInt(bytes, 0, value);
    return cut(bytes, room);
  }

  private static int unknown(int level) {
    return level == IPPROTO_TCP ? Errno.ENOPROTOOPT : Errno.EOPNOTSUPP;
  }

  private static Reply cut(byte[] value, int room) {
    return Reply.of(0, value.length <= room ? value : Arrays.copyOf(value, room));
  }

  private static int socketLevel(VirtualSocket s, int name) {
    return switch (name) {
      case SO_TYPE -> 1;
      case SO_ERROR -> s.takeError();
      case SO_ACCEPTCONN -> s.phase == Phase.LISTENING ? 1 : 0;
      case SO_PROTOCOL -> IPPROTO_TCP;
      case SO_DOMAIN -> s.domain;
      default -> s.options.get(SOL_SOCKET, name);
    };
  }

  private static int tcpLevel(VirtualSocket s, int name, StackConfig config) {
    int value = s.options.get(IPPROTO_TCP, name);
    if (name == SocketOptions.TCP_MAXSEG) {
      boolean open = s.connection != null && !s.ended && s.connection.state().isSynchronized();
      if (open) {
        return s.connection.info().mss();
      }
      return value == 0 ? 536 : value;
    }
    return value;
  }

  /** What sk_get_meminfo counts, as far as there is such a thing here. */
  private static byte[] memory(VirtualSocket s) {
    byte[] values = new byte[36];
    putInt(values, 0, s.available());
    putInt(values, 4, s.options.get(SOL_SOCKET, SocketOptions.SO_RCVBUF));
    putInt(values, 12, s.options.get(SOL_SOCKET, SocketOptions.SO_SNDBUF));
    if (s.connection != null) {
      putInt(values, 20, (int) (s.connection.unsentBytes() + s.connection.unackedBytes()));
    }
    return values;
  }

  private static byte[] time(long nanos) {
    ByteBuffer out = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(nanos / 1_000_000_000L).putLong(nanos % 1_000_000_000L / 1000);
    return out.array();
  }

  static Reply set(VirtualSocket s, Call call) {
    int level = call.b;
    int name = call.c;
    if (level == IPPROTO_TCP && name == TCP_CONGESTION) {
      return congestionControl(s, call.data);
    }
    if (call.data.length < 4) {
      return Reply.error(Errno.EINVAL);
    }
    int value = getInt(call.data, 0);
    if (level == SOL_SOCKET) {
      return setSocketLevel(s, name, value, call.data);
    }
    if (level == IPPROTO_TCP) {
      return setTcpLevel(s, name, value);
    }
    if (level == 0 || level == 41) {
      s.options.put(level, name, value);
      return Reply.of(0);
    }
    return Reply.error(Errno.ENOPROTOOPT);
  }

  private static Reply congestionControl(VirtualSocket s, byte[] data) {
    String name = new String(data, StandardCharsets.US_ASCII).replaceAll("\0.*", "");
    if (name.isEmpty()) {
      return Reply.error(Errno.EINVAL);
    }
    if (!StackConfig.CONGESTION_CONTROLS.contains(name)) {
      return Reply.error(Errno.ENOENT);
    }
    s.options.congestionControl(name);
    return Reply.of(0);
  }

  private static Reply setSocketLevel(VirtualSocket s, int name, int value, byte[] data) {
    if (name < 1 || name > SO_LAST_KNOWN) {
      return Reply.error(Errno.ENOPROTOOPT);
    }
    SocketOptions options = s.options;
    switch (name) {
      case SO_TYPE, SO_ERROR, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN -> {
        return Reply.error(Errno.ENOPROTOOPT);
      }
      case SO_LINGER -> {
        if (data.length < 8) {
          return Reply.error(Errno.EINVAL);
        }
        options.linger(value != 0, getInt(data, 4));
      }
      case SO_RCVTIMEO, SO_SNDTIMEO -> {
        return timeout(options, name, data);
      }
      case SocketOptions.SO_SNDBUF, SO_SNDBUFFORCE -> {
        int limit = name == SO_SNDBUFFORCE ? Integer.MAX_VALUE / 2 : MAX_BUFFER;
        int size = Math.max(2 * Math.min(value, limit), LEAST_SEND_BUFFER);
        options.put(SOL_SOCKET, SocketOptions.SO_SNDBUF, size);
      }
      case SocketOptions.SO_RCVBUF, SO_RCVBUFFORCE -> {
        int limit = name == SO_RCVBUFFORCE ? Integer.MAX_VALUE / 2 : MAX_BUFFER;
        int size = Math.max(2 * Math.min(value, limit), LEAST_RECEIVE_BUFFER);
        options.put(SOL_SOCKET, SocketOptions.SO_RCVBUF, size);
      }
      case SocketOptions.SO_RCVLOWAT ->
          options.put(SOL_SOCKET, name, value < 0 ? Integer.MAX_VALUE : Math.max(1, value));
      case SocketOptions.SO_REUSEADDR, SocketOptions.SO_KEEPALIVE ->
          options.put(SOL_SOCKET, name, value == 0 ? 0 : 1);
      default -> options.put(SOL_SOCKET, name, value);
    }
    if (name == SocketOptions.SO_KEEPALIVE && s.connection != null && !s.ended) {
      options.applyKeepAlive(s.connection);
    }
    return Reply.of(0);
  }

  private static Reply timeout(SocketOptions options, int name, byte[] data) {
    if (data.length < 16) {
      return Reply.error(Errno.EINVAL);
    }
    ByteBuffer in = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    long micros = in.getLong(8);
    if (micros < 0 || micros >= 1_000_000) {
      return Reply.error(Errno.EDOM);
    }
    long nanos = Math.max(0, in.getLong(0)) * 1_000_000_000L + micros * 1000;
    if (name == SO_RCVTIMEO) {
      options.receiveTimeout(nanos);
    } else {
      options.sendTimeout(nanos);
    }
    return Reply.of(0);
  }

  private static Reply setTcpLevel(VirtualSocket s, int name, int value) {
    if (name < 1 || name > TCP_LAST_KNOWN || name == TCP_INFO) {
      return Reply.error(Errno.ENOPROTOOPT);
    }
    boolean valid =
        switch (name) {
          case SocketOptions.TCP_MAXSEG -> value == 0 || (value >= 88 && value <= 32_767);
          case SocketOptions.TCP_KEEPIDLE, SocketOptions.TCP_KEEPINTVL ->
              value >= 1 && value <= MAX_KEEPIDLE;
          case SocketOptions.TCP_KEEPCNT, SocketOptions.TCP_SYNCNT ->
              value >= 1 && value <= MAX_KEEPCNT;
          case SocketOptions.TCP_USER_TIMEOUT -> value >= 0;
          default -> true;
        };
    if (!valid) {
      return Reply.error(Errno.EINVAL);
    }
    s.options.put(IPPROTO_TCP, name, value);
    if (name == SocketOptions.TCP_FASTOPEN && s.listener != null) {
      s.listener.fastOpen(value);
    }
    if (s.connection != null && !s.ended) {
      apply(s, name, value);
    }
    return Reply.of(0);
  }

  private static void apply(VirtualSocket s, int name, int value) {
    switch (name) {
      case SocketOptions.TCP_NODELAY -> s.connection.noDelay(value != 0);
      case SocketOptions.TCP_CORK -> {
        if (value == 0) {
          s.connection.flush();
        }
      }
      case SocketOptions.TCP_KEEPIDLE, SocketOptions.TCP_KEEPINTVL, SocketOptions.TCP_KEEPCNT ->
          s.options.applyKeepAlive(s.connection);
      default -> {
        // Kept for the next connection, and for who asks.
      }
    }
  }
}
