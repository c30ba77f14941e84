package dev.twinpath.userstack.conformance;

import static dev.twinpath.userstack.conformance.SocketOptions.IPPROTO_TCP;
import static dev.twinpath.userstack.conformance.SocketOptions.SOL_SOCKET;
import static dev.twinpath.userstack.conformance.SocketOptions.getInt;
import static dev.twinpath.userstack.conformance.SocketOptions.putInt;

import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.ConnectionDetails;
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
  private static final int IPPROTO_IPV6 = 41;
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

  static Reply get(VirtualSocket s, Call call) {
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
    } else if ((level == IPPROTO_TCP && name > 0 && name <= TCP_LAST_KNOWN)
        || level == SocketOptions.IPPROTO_IP
        || level == IPPROTO_IPV6) {
      value = read(s, level, name);
    } else {
      return Reply.error(
          level == SOL_SOCKET || level == IPPROTO_TCP ? Errno.ENOPROTOOPT : Errno.EOPNOTSUPP);
    }
    byte[] bytes = new byte[4];
    putInt(bytes, 0, value);
    return cut(bytes, room);
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
      default -> read(s, SOL_SOCKET, name);
    };
  }

  private static int read(VirtualSocket s, int level, int name) {
    int value = s.options.get(level, name);
    return s.target() == null ? value : SocketOptions.read(s.target(), level, name, value);
  }

  /** What sk_get_meminfo counts, as far as there is such a thing here. */
  private static byte[] memory(VirtualSocket s) {
    byte[] values = new byte[36];
    putInt(values, 4, read(s, SOL_SOCKET, SocketOptions.SO_RCVBUF));
    putInt(values, 12, read(s, SOL_SOCKET, SocketOptions.SO_SNDBUF));
    if (s.connection != null && !s.ended) {
      ConnectionDetails details = s.connection.info().details();
      putInt(values, 0, details.receiveMemory());
      putInt(values, 20, details.sendMemory());
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
    boolean oneByte = level == SocketOptions.IPPROTO_IP && call.data.length > 0;
    if (call.data.length < 4 && !oneByte) {
      return Reply.error(Errno.EINVAL);
    }
    int value = call.data.length < 4 ? call.data[0] & 0xff : getInt(call.data, 0);
    try {
      if (level == SOL_SOCKET) {
        return setSocketLevel(s, name, value, call.data);
      }
      if (level == IPPROTO_TCP && (name < 1 || name > TCP_LAST_KNOWN || name == TCP_INFO)) {
        return Reply.error(Errno.ENOPROTOOPT);
      }
      if (level == IPPROTO_TCP || level == SocketOptions.IPPROTO_IP || level == IPPROTO_IPV6) {
        return keep(s, level, name, value);
      }
    } catch (IllegalArgumentException e) {
      return Reply.error(Errno.EINVAL);
    }
    return Reply.error(Errno.ENOPROTOOPT);
  }

  /** Tells the connection, if there is one, else checks what can be checked, and remembers. */
  private static Reply keep(VirtualSocket s, int level, int name, int value) {
    if (level == IPPROTO_TCP && name == SocketOptions.TCP_FASTOPEN && s.listener != null) {
      s.listener.fastOpen(value);
    }
    if (s.target() != null) {
      s.options.set(level, name, value);
      s.options.apply(s.target(), level, name, value);
      return Reply.of(0);
    }
    boolean valid =
        level != IPPROTO_TCP
            || switch (name) {
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
    s.options.set(level, name, value);
    return Reply.of(0);
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
      case SocketOptions.SO_SNDBUF, SO_SNDBUFFORCE ->
          buffer(s, SocketOptions.SO_SNDBUF, value, LEAST_SEND_BUFFER);
      case SocketOptions.SO_RCVBUF, SO_RCVBUFFORCE ->
          buffer(s, SocketOptions.SO_RCVBUF, value, LEAST_RECEIVE_BUFFER);
      case SocketOptions.SO_RCVLOWAT ->
          options.put(SOL_SOCKET, name, value < 0 ? Integer.MAX_VALUE : Math.max(1, value));
      case SocketOptions.SO_KEEPALIVE -> keep(s, SOL_SOCKET, name, value == 0 ? 0 : 1);
      case SocketOptions.SO_REUSEADDR -> options.put(SOL_SOCKET, name, value == 0 ? 0 : 1);
      default -> options.put(SOL_SOCKET, name, value);
    }
    return Reply.of(0);
  }

  /** The option itself is given as it was said; what is read back is twice of it. */
  private static void buffer(VirtualSocket s, int name, int value, int least) {
    keep(s, SOL_SOCKET, name, Math.max(0, value));
    s.options.put(SOL_SOCKET, name, Math.max(2 * Math.min(value, MAX_BUFFER), least));
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
}
