package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpState;
import java.util.ArrayList;
import java.util.List;

/**
 * The socket calls in virtual time, with Linux's rules of what is allowed when (net/ipv4/af_inet.c
 * and tcp.c). An attempt that must wait answers null, and is made again later.
 */
final class SocketCalls {
  private static final int SOCKET = 1;
  private static final int BIND = 2;
  private static final int LISTEN = 3;
  private static final int ACCEPT = 4;
  private static final int CONNECT = 5;
  private static final int READ = 6;
  private static final int WRITE = 7;
  private static final int RECV = 8;
  private static final int SEND = 9;
  private static final int CLOSE = 10;
  private static final int SHUTDOWN = 11;
  private static final int FCNTL = 12;
  private static final int IOCTL = 13;
  private static final int GETSOCKOPT = 14;
  private static final int SETSOCKOPT = 15;
  private static final int POLL = 16;

  private static final int FIRST_DESCRIPTOR = 3;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_TYPE_MASK = 0xf;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int IPPROTO_TCP = 6;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_RDWR = 2;
  private static final int FIONREAD = 0x541b;
  private static final int SIOCOUTQ = 0x5411;
  private static final int SIOCOUTQNSD = 0x894b;

  private final VirtualStack stack;
  private final AdapterOptions adapter;
  private final List<VirtualSocket> descriptors = new ArrayList<>();
  private final StreamCalls streams;
  private final PollCall poll;

  SocketCalls(VirtualStack stack, AdapterOptions adapter) {
    this.stack = stack;
    this.adapter = adapter;
    streams = new StreamCalls(stack);
    poll = new PollCall(stack, this);
  }

  /** The socket of a descriptor, or null. */
  VirtualSocket find(int fd) {
    int index = fd - FIRST_DESCRIPTOR;
    return index >= 0 && index < descriptors.size() ? descriptors.get(index) : null;
  }

  private int open(VirtualSocket socket) {
    int free = descriptors.indexOf(null);
    if (free < 0) {
      free = descriptors.size();
      descriptors.add(null);
    }
    descriptors.set(free, socket);
    return FIRST_DESCRIPTOR + free;
  }

  /** One attempt; null if it would block. */
  Reply attempt(Call call) {
    if (call.op == SOCKET) {
      return socket(call);
    }
    if (call.op == POLL) {
      return poll.attempt(call);
    }
    VirtualSocket s = find(call.a);
    if (s == null) {
      return Reply.error(Errno.EBADF);
    }
    return switch (call.op) {
      case BIND -> bind(s, call);
      case LISTEN -> listen(s, call.b);
      case ACCEPT -> accept(s, call);
      case CONNECT -> connect(s, call);
      case READ -> streams.receive(s, call, call.b, 0);
      case WRITE -> streams.send(s, call, 0);
      case RECV -> streams.receive(s, call, call.b, call.c);
      case SEND -> streams.send(s, call, call.b);
      case CLOSE -> close(s, call);
      case SHUTDOWN -> shutdown(s, call.b);
      case FCNTL -> fcntl(s, call.b, call.c);
      case IOCTL -> ioctl(s, call.b);
      case GETSOCKOPT -> OptionCalls.get(s, call);
      case SETSOCKOPT -> OptionCalls.set(s, call);
      default -> Reply.error(Errno.ENOSYS);
    };
  }

  private Reply socket(Call call) {
    if (call.a != SockAddress.AF_INET && call.a != SockAddress.AF_INET6) {
      return Reply.error(Errno.EAFNOSUPPORT);
    }
    if ((call.b & SOCK_TYPE_MASK) != SOCK_STREAM) {
      return Reply.error(Errno.ESOCKTNOSUPPORT);
    }
    if (call.c != 0 && call.c != IPPROTO_TCP) {
      return Reply.error(Errno.EPROTONOSUPPORT);
    }
    VirtualSocket s = new VirtualSocket(call.a, new SocketOptions(adapter.sysctls()));
    s.nonBlocking = (call.b & SOCK_NONBLOCK) != 0;
    return Reply.of(open(s));
  }

  private Reply bind(VirtualSocket s, Call call) {
    SockAddress address = SockAddress.read(call.data);
    if (address == null) {
      return Reply.error(Errno.EINVAL);
    }
    if (address.family() != s.domain) {
      boolean unspecified = address.family() == SockAddress.AF_UNSPEC && address.address().isAny();
      return Reply.error(unspecified ? Errno.EINVAL : Errno.EAFNOSUPPORT);
    }
    if (s.phase != Phase.UNCONNECTED || s.bound) {
      return Reply.error(Errno.EINVAL);
    }
    IpAddress local = address.address();
    boolean ours =
        adapter.config().addresses().stream().anyMatch(a -> a.address().equals(local))
            || local.isAny();
    if (!ours) {
      return Reply.error(Errno.EADDRNOTAVAIL);
    }
    if (address.port() != 0 && isTaken(s, local, address.port())) {
      return Reply.error(Errno.EADDRINUSE);
    }
    s.bound = true;
    s.localAddress = local;
    s.localPort = address.port();
    return Reply.of(0);
  }

  /** Whether another socket is bound there, and not both said that they can share. */
  private boolean isTaken(VirtualSocket s, IpAddress address, int port) {
    for (VirtualSocket other : descriptors) {
      if (other == null || other == s || !other.bound || other.localPort != port) {
        continue;
      }
      boolean overlap =
          other.localAddress.equals(address) || other.localAddress.isAny() || address.isAny();
      boolean shared =
          s.options.reuseAddress() && other.options.reuseAddress() && other.listener == null;
      if (overlap && !shared) {
        return true;
      }
    }
    return false;
  }

  private Reply listen(VirtualSocket s, int backlog) {
    if (s.phase == Phase.LISTENING) {
      return Reply.of(0);
    }
    if (s.phase != Phase.UNCONNECTED) {
      return Reply.error(Errno.EINVAL);
    }
    try {
      int bound = backlog < 0 ? Integer.MAX_VALUE : backlog;
      s.listener =
          stack.shard.listen(
              s.localAddress,
              s.localPort,
              bound,
              connection -> {
                s.listener.accepting(false);
                VirtualSocket child = new VirtualSocket(s.domain, s.options.inherited());
                child.connection = connection;
                s.accepted.add(child);
                return child;
              });
      s.listener.accepting(false);
      s.listener.fastOpen(s.options.get(SocketOptions.IPPROTO_TCP, SocketOptions.TCP_FASTOPEN));
      s.options.apply(s.listener.options());
      s.phase = Phase.LISTENING;
      s.bound = true;
      s.localPort = s.listener.localPort();
      return Reply.of(0);
    } catch (StackException e) {
      return Reply.error(Errno.of(e));
    }
  }

  private Reply accept(VirtualSocket s, Call call) {
    if (s.phase != Phase.LISTENING) {
      return Reply.error(Errno.EINVAL);
    }
    s.listener.accepting(true);
    s.listener.accepting(false);
    VirtualSocket child = s.accepted.poll();
    if (child == null) {
      return s.nonBlocking || timedOut(s.options.receiveTimeout(), call)
          ? Reply.error(Errno.EAGAIN)
          : null;
    }
    TcpConnection connection = child.connection;
    child.phase = Phase.CONNECTED;
    child.bound = true;
    child.localAddress = connection.localAddress();
    child.localPort = connection.localPort();
    byte[] peer = SockAddress.write(s.domain, connection.remoteAddress(), connection.remotePort());
    return Reply.of(open(child), peer);
  }

  private Reply connect(VirtualSocket s, Call call) {
    if (!call.waiting) {
      SockAddress address = SockAddress.read(call.data);
      if (address == null) {
        return Reply.error(Errno.EINVAL);
      }
      if (address.family() == SockAddress.AF_UNSPEC) {
        return disconnect(s);
      }
      if (address.family() != s.domain) {
        return Reply.error(Errno.EAFNOSUPPORT);
      }
      switch (s.phase) {
        case CONNECTED, LISTENING -> {
          return Reply.error(Errno.EISCONN);
        }
        case UNCONNECTED -> {
          Reply refused = begin(s, address);
          if (refused != null) {
            return refused;
          }
          if (s.nonBlocking) {
            return Reply.error(Errno.EINPROGRESS);
          }
        }
        case CONNECTING -> {
          if (s.isOpening() && s.nonBlocking) {
            return Reply.error(Errno.EALREADY);
          }
        }
      }
    }
    return connected(s, call);
  }

  private Reply begin(VirtualSocket s, SockAddress address) {
    try {
      s.connection =
          stack.shard.connect(s.localAddress, s.localPort, address.address(), address.port(), s);
    } catch (StackException e) {
      return Reply.error(Errno.of(e));
    }
    s.phase = Phase.CONNECTING;
    s.bound = true;
    s.localAddress = s.connection.localAddress();
    s.localPort = s.connection.localPort();
    s.options.apply(s.connection.options());
    return null;
  }

  /** How a connect that was begun goes on. */
  private Reply connected(VirtualSocket s, Call call) {
    if (s.isOpening()) {
      return timedOut(s.options.sendTimeout(), call) ? Reply.error(Errno.EINPROGRESS) : null;
    }
    if (s.ended && !s.remoteClosed) {
      int error = s.takeError();
      s.phase = Phase.UNCONNECTED;
      s.connection = null;
      s.ended = false;
      return Reply.error(error == 0 ? Errno.ECONNABORTED : error);
    }
    s.phase = Phase.CONNECTED;
    return Reply.of(0);
  }

  /** tcp_disconnect: RST where the peer would wonder. */
  private Reply disconnect(VirtualSocket s) {
    if (s.listener != null) {
      closeListener(s);
    } else if (s.connection != null) {
      if (s.connection.state() == TcpState.SYN_SENT) {
        s.connection.close();
      } else {
        s.connection.abort();
      }
    }
    s.forget();
    return Reply.of(0);
  }

  private Reply close(VirtualSocket s, Call call) {
    if (!call.waiting) {
      if (s.listener != null) {
        closeListener(s);
      } else if (s.connection != null) {
        if (s.options.lingers() && s.options.lingerSeconds() == 0 && !s.isOpening()) {
          s.connection.abort();
        } else {
          s.connection.close();
        }
      }
    }
    if (s.options.lingers() && s.options.lingerSeconds() > 0 && !s.nonBlocking) {
      if (!call.waiting) {
        call.deadline = stack.now() + s.options.lingerSeconds() * 1_000_000_000L;
      }
      boolean closing =
          switch (s.state()) {
            case FIN_WAIT_1, CLOSING, LAST_ACK -> true;
            default -> false;
          };
      if (closing && stack.now() < call.deadline) {
        return null;
      }
    }
    descriptors.set(descriptors.indexOf(s), null);
    return Reply.of(0);
  }

  private static void closeListener(VirtualSocket s) {
    s.listener.close();
    s.listener = null;
  }

  private Reply shutdown(VirtualSocket s, int how) {
    if (how < 0 || how > 2) {
      return Reply.error(Errno.EINVAL);
    }
    boolean read = how != 1;
    boolean write = how != 0;
    if (s.phase == Phase.LISTENING) {
      if (read) {
        closeListener(s);
        s.forget();
      }
      return Reply.of(0);
    }
    if (s.connection == null || s.state() == TcpState.CLOSED) {
      s.shutRead |= read;
      s.shutWrite |= write;
      return Reply.error(Errno.ENOTCONN);
    }
    if (s.state() == TcpState.SYN_SENT) {
      s.connection.close();
      s.forget();
      return Reply.of(0);
    }
    s.shutRead |= read;
    if (write && !s.shutWrite) {
      s.shutWrite = true;
      s.connection.shutdownOutput();
    }
    return Reply.of(0);
  }

  private static Reply fcntl(VirtualSocket s, int command, int argument) {
    return switch (command) {
      case F_GETFL -> Reply.of(O_RDWR | (s.nonBlocking ? SOCK_NONBLOCK : 0));
      case F_SETFL -> {
        s.nonBlocking = (argument & SOCK_NONBLOCK) != 0;
        yield Reply.of(0);
      }
      default -> Reply.error(Errno.EINVAL);
    };
  }

  private static Reply ioctl(VirtualSocket s, int request) {
    if (request != FIONREAD && request != SIOCOUTQ && request != SIOCOUTQNSD) {
      return Reply.error(Errno.ENOTTY);
    }
    if (s.phase == Phase.LISTENING) {
      return Reply.error(Errno.EINVAL);
    }
    long value = 0;
    TcpConnection c = s.connection;
    if (c != null && !s.isOpening()) {
      int fin = s.shutWrite && !s.ended ? finQueued(c) : 0;
      value =
          switch (request) {
            case FIONREAD -> s.available();
            case SIOCOUTQ -> c.unsentBytes() + c.unackedBytes() + fin;
            default -> c.unsentBytes();
          };
    }
    byte[] bytes = new byte[4];
    SocketOptions.putInt(bytes, 0, (int) value);
    return Reply.of(0, bytes);
  }

  /** Linux counts an unacknowledged FIN as a byte of the queue. */
  private static int finQueued(TcpConnection c) {
    return switch (c.state()) {
      case FIN_WAIT_1, CLOSING, LAST_ACK -> 1;
      default -> 0;
    };
  }

  /** Whether a call has waited for SO_RCVTIMEO or SO_SNDTIMEO; nanoseconds, 0 = for ever. */
  private boolean timedOut(long timeout, Call call) {
    return timedOut(stack, timeout, call);
  }

  static boolean timedOut(VirtualStack stack, long timeout, Call call) {
    if (timeout == 0) {
      return false;
    }
    if (!call.waiting && call.deadline == Long.MAX_VALUE) {
      call.deadline = stack.now() + timeout;
    }
    return stack.now() >= call.deadline;
  }
}
