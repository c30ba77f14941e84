package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.TcpState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** struct tcp_info of Linux 6.18, as getsockopt(TCP_INFO) fills it. */
final class LinuxTcpInfo {
  private static final int SIZE = 280;
  private static final int LISTEN = 10;
  private static final int CLOSE = 7;
  private static final int OPTION_TIMESTAMPS = 1;
  private static final int OPTION_SACK = 2;
  private static final int OPTION_WSCALE = 4;
  private static final int OPTION_ECN = 8;
  private static final int INFINITE_SSTHRESH = 0x7fffffff;
  private static final long MICRO = 1000;
  private static final List<String> RECOVERY =
      List.of("open", "disorder", "cwr", "recovery", "loss");

  private LinuxTcpInfo() {}

  static byte[] of(VirtualSocket s) {
    ByteBuffer out = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    if (s.phase == Phase.LISTENING) {
      out.put(0, (byte) LISTEN);
      out.putInt(24, s.listener.acceptQueueLength());
      out.putInt(28, s.listener.backlog());
    } else if (s.connection == null || s.ended) {
      out.put(0, (byte) CLOSE);
    } else {
      write(out, s.connection.info());
    }
    return out.array();
  }

  private static void write(ByteBuffer out, ConnectionInfo i) {
    int mss = Math.max(1, i.mss());
    out.put(0, (byte) number(i.state()));
    out.put(1, (byte) Math.max(0, RECOVERY.indexOf(i.recovery())));
    out.put(2, (byte) i.backoff());
    out.put(4, (byte) i.backoff());
    int options = i.timestamps() ? OPTION_TIMESTAMPS : 0;
    options |= i.sack() ? OPTION_SACK : 0;
    options |= i.sendWindowScale() >= 0 ? OPTION_WSCALE : 0;
    options |= i.ecn() ? OPTION_ECN : 0;
    out.put(5, (byte) options);
    int scales = Math.max(0, i.sendWindowScale()) | Math.max(0, i.receiveWindowScale()) << 4;
    out.put(6, (byte) scales);
    out.putInt(8, (int) (i.retransmissionTimeout() / MICRO));
    out.putInt(16, mss);
    out.putInt(24, (int) ((i.unacked() + mss - 1) / mss));
    out.putInt(28, (int) ((i.sacked() + mss - 1) / mss));
    out.putInt(32, (int) ((i.lost() + mss - 1) / mss));
    out.putInt(36, (int) ((i.retransmitting() + mss - 1) / mss));
    out.putInt(68, (int) (i.smoothedRtt() / MICRO));
    out.putInt(72, (int) (i.rttVariation() / MICRO));
    long threshold = i.slowStartThreshold();
    out.putInt(
        76, threshold == Long.MAX_VALUE ? INFINITE_SSTHRESH : (int) Math.max(1, threshold / mss));
    out.putInt(80, (int) (i.congestionWindow() / mss));
    out.putInt(84, 1460);
    out.putInt(88, i.reordering());
    out.putInt(100, (int) i.retransmittedSegments());
    out.putLong(120, i.bytesAcked());
    out.putLong(128, i.bytesReceived());
    out.putInt(136, (int) i.segmentsOut());
    out.putInt(140, (int) i.segmentsIn());
    out.putInt(144, (int) i.unsent());
    out.putInt(148, (int) (i.minRtt() / MICRO));
    out.putLong(208, i.retransmittedBytes());
    out.putInt(228, (int) i.sendWindow());
    out.putInt(232, (int) i.receiveWindow());
  }

  /** Linux's number of a state. */
  static int number(TcpState state) {
    return switch (state) {
      case ESTABLISHED -> 1;
      case SYN_SENT -> 2;
      case SYN_RECEIVED -> 3;
      case FIN_WAIT_1 -> 4;
      case FIN_WAIT_2 -> 5;
      case TIME_WAIT -> 6;
      case CLOSE_WAIT -> 8;
      case LAST_ACK -> 9;
      case CLOSING -> 11;
      default -> CLOSE;
    };
  }
}
