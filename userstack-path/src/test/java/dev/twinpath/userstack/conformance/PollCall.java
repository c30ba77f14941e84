package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.TcpState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** poll(2) on sockets: tcp_poll of Linux. */
final class PollCall {
  static final int IN = 1;
  static final int OUT = 4;
  static final int ERR = 8;
  static final int HUP = 0x10;
  static final int NVAL = 0x20;
  static final int RDNORM = 0x40;
  static final int WRNORM = 0x100;
  static final int RDHUP = 0x2000;
  private static final int SIZE = 8;
  private static final int NO_TIMEOUT = -1;

  private final VirtualStack stack;
  private final SocketCalls sockets;

  PollCall(VirtualStack stack, SocketCalls sockets) {
    this.stack = stack;
    this.sockets = sockets;
  }

  /** a descriptors, for at most b milliseconds. */
  Reply attempt(Call call) {
    if (call.a < 0 || call.data.length < call.a * SIZE) {
      return Reply.error(Errno.EINVAL);
    }
    ByteBuffer entries = ByteBuffer.wrap(call.data.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int ready = 0;
    for (int i = 0; i < call.a; i++) {
      int fd = entries.getInt(i * SIZE);
      int wanted = entries.getShort(i * SIZE + 4) & 0xffff;
      int found = 0;
      if (fd >= 0) {
        VirtualSocket s = sockets.find(fd);
        found = s == null ? NVAL : events(s) & (wanted | ERR | HUP);
      }
      entries.putShort(i * SIZE + 6, (short) found);
      if (found != 0) {
        ready++;
      }
    }
    if (!call.waiting && call.b > NO_TIMEOUT) {
      call.deadline = stack.now() + call.b * 1_000_000L;
    }
    return ready > 0 || stack.now() >= call.deadline ? Reply.of(ready, entries.array()) : null;
  }

  static int events(VirtualSocket s) {
    if (s.phase == Phase.LISTENING) {
      return s.listener.acceptQueueLength() + s.accepted.size() > 0 ? IN | RDNORM : 0;
    }
    boolean closed = s.connection == null || s.state() == TcpState.CLOSED;
    boolean readShut = s.shutRead || s.finReceived() || s.ended;
    boolean writeShut = s.shutWrite || s.ended;
    int events = 0;
    if ((readShut && writeShut) || closed) {
      events |= HUP;
    }
    if (readShut) {
      events |= IN | RDNORM | RDHUP;
    }
    if (!s.isOpening()) {
      if (s.available() >= Math.max(1, s.options.receiveLowWater())) {
        events |= IN | RDNORM;
      }
      if (writeShut
          || s.connection == null
          || s.connection.isClosed()
          || s.connection.isWritable()) {
        events |= OUT | WRNORM;
      }
    }
    if (s.error != 0) {
      events |= ERR;
    }
    return events;
  }
}
