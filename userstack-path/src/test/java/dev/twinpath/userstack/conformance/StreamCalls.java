package dev.twinpath.userstack.conformance;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpState;
import java.util.Arrays;

/** Reading and writing: tcp_recvmsg and tcp_sendmsg of Linux. */
final class StreamCalls {
  static final int MSG_OOB = 1;
  static final int MSG_PEEK = 2;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_WAITALL = 0x100;
  static final int MSG_ERRQUEUE = 0x2000;
  static final int MSG_MORE = 0x8000;
  private static final int CHUNK = 1 << 16;

  private final VirtualStack stack;
  private final long scratch;

  StreamCalls(VirtualStack stack) {
    this.stack = stack;
    scratch = stack.arena.allocate(CHUNK).address();
  }

  // --- reading

  Reply receive(VirtualSocket s, Call call, int length, int flags) {
    if (length < 0) {
      return Reply.error(Errno.EINVAL);
    }
    if ((flags & MSG_ERRQUEUE) != 0) {
      return Reply.error(Errno.EAGAIN);
    }
    if (s.phase == Phase.LISTENING) {
      return Reply.error(Errno.ENOTCONN);
    }
    if ((flags & MSG_OOB) != 0) {
      return Reply.error(Errno.EINVAL);
    }
    boolean peek = (flags & MSG_PEEK) != 0;
    int target =
        (flags & MSG_WAITALL) != 0 ? length : Math.min(length, s.options.receiveLowWater());
    if (call.partial == null) {
      call.partial = new byte[0];
    }
    take(s, call, length, peek);
    int done = call.partial.length;
    if (done >= Math.max(target, 1) || (length == 0 && done == 0 && readable(s))) {
      return read(call, flags);
    }
    if (done > 0 && (s.error != 0 || s.state() == TcpState.CLOSED || s.shutRead || atEnd(s))) {
      return read(call, flags);
    }
    if (done == 0) {
      if (atEnd(s)) {
        return Reply.of(0);
      }
      if (s.error != 0) {
        return Reply.error(s.takeError());
      }
      if (s.shutRead) {
        return Reply.of(0);
      }
      if (s.connection == null || s.state() == TcpState.CLOSED) {
        return s.ended ? Reply.of(0) : Reply.error(Errno.ENOTCONN);
      }
    }
    boolean wait = !s.nonBlocking && (flags & MSG_DONTWAIT) == 0;
    if (!wait || SocketCalls.timedOut(stack, s.options.receiveTimeout(), call)) {
      return done > 0 ? read(call, flags) : Reply.error(Errno.EAGAIN);
    }
    if (peek) {
      call.partial = new byte[0];
    }
    return null;
  }

  private static Reply read(Call call, int flags) {
    boolean discarded = (flags & MSG_TRUNC) != 0;
    return Reply.of(call.partial.length, discarded ? new byte[0] : call.partial);
  }

  private static boolean readable(VirtualSocket s) {
    return s.available() > 0 || atEnd(s);
  }

  private static boolean atEnd(VirtualSocket s) {
    return s.finReceived() && s.available() == 0;
  }

  private void take(VirtualSocket s, Call call, int length, boolean peek) {
    while (call.partial.length < length) {
      int done = call.partial.length;
      int wanted = Math.min(Math.min(CHUNK, length - done), s.available() - (peek ? done : 0));
      if (wanted <= 0) {
        break;
      }
      byte[] grown = Arrays.copyOf(call.partial, done + wanted);
      int count = s.read(grown, done, peek ? done : 0, wanted, peek, scratch);
      call.partial = count == wanted ? grown : Arrays.copyOf(grown, done + count);
      if (count <= 0) {
        break;
      }
    }
  }

  // --- writing

  Reply send(VirtualSocket s, Call call, int flags) {
    boolean wait = !s.nonBlocking && (flags & MSG_DONTWAIT) == 0;
    if (s.error != 0 && call.progress == 0) {
      return Reply.error(s.takeError());
    }
    boolean mayWrite = !s.shutWrite && canSend(s);
    if (!mayWrite) {
      if (!s.shutWrite && s.isOpening()) {
        boolean over = !wait || SocketCalls.timedOut(stack, s.options.sendTimeout(), call);
        return over ? Reply.error(Errno.EAGAIN) : null;
      }
      return call.progress > 0 ? Reply.of(call.progress) : Reply.error(Errno.EPIPE);
    }
    TcpConnection c = s.connection;
    boolean late = SocketCalls.timedOut(stack, wait ? s.options.sendTimeout() : 0, call);
    if (call.waiting && !late && !c.isWritable()) {
      // Linux wakes a writer when a third of the buffer is free.
      return null;
    }
    while (call.progress < call.data.length) {
      int count = Math.min(CHUNK, call.data.length - call.progress);
      Memory.copy(call.data, call.progress, scratch, count);
      int taken = c.sendBytes(scratch, count);
      call.progress += taken;
      if (taken < count) {
        // What leaves now makes room, as where Linux pushes on the way.
        c.flush();
        stack.settle();
        if (s.ended || c.sendSlabFree() == 0) {
          break;
        }
      }
    }
    boolean all = call.progress == call.data.length;
    if ((flags & MSG_MORE) == 0) {
      c.flush();
    } else {
      c.flushMore();
    }
    if (all) {
      return Reply.of(call.data.length);
    }
    if (!wait || late) {
      return call.progress > 0 ? Reply.of(call.progress) : Reply.error(Errno.EAGAIN);
    }
    return null;
  }

  private static boolean canSend(VirtualSocket s) {
    TcpState state = s.state();
    // SYN_RECEIVED: accepted with its SYN (TCP Fast Open), or both sides began.
    return s.connection != null
        && (state == TcpState.ESTABLISHED
            || state == TcpState.CLOSE_WAIT
            || state == TcpState.SYN_RECEIVED && s.phase == Phase.CONNECTED);
  }
}
