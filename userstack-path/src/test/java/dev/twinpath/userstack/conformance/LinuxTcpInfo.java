package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.conformance.VirtualSocket.Phase;
import dev.twinpath.userstack.stack.ConnectionDetails;
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
  private static final int OPTION_SYN_DATA = 32;
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
    } else if (s.connection == null) {
      out.put(0, (byte) CLOSE);
    } else {
      write(out, s.connection.info());
    }
    return out.array();
  }

  private static void write(ByteBuffer out, ConnectionInfo i) {
    ConnectionDetails d = i.details();
    int mss = Math.max(1, i.mss());
    out.put(0, (byte) number(i.state()));
    out.put(1, (byte) Math.max(0, RECOVERY.indexOf(i.recovery())));
    out.put(2, (byte) d.retransmits());
    out.put(3, (byte) d.probes());
    out.put(4, (byte) i.backoff());
    int options = i.timestamps() ? OPTION_TIMESTAMPS : 0;
    options |= i.sack() ? OPTION_SACK : 0;
    options |= i.sendWindowScale() >= 0 ? OPTION_WSCALE : 0;
    options |= d.synDataTaken() ? OPTION_SYN_DATA : 0;
    options |= i.ecn() ? OPTION_ECN : 0;
    out.put(5, (byte) options);
    int scales = Math.max(0, i.sendWindowScale()) | Math.max(0, i.receiveWindowScale()) << 4;
    out.put(6, (byte) scales);
    micros(out, 8, i.retransmissionTimeout());
    micros(out, 12, d.ackTimeout());
    out.putInt(16, mss);
    out.putInt(20, d.receiveMss());
    out.putInt(24, d.unackedSegments());
    out.putInt(28, d.sackedSegments());
    out.putInt(32, d.lostSegments());
    out.putInt(36, d.retransmittedNow());
    millis(out, 44, d.sinceDataSent());
    millis(out, 52, d.sinceDataReceived());
    millis(out, 56, d.sinceAckReceived());
    out.putInt(60, d.pathMtu());
    out.putInt(64, d.receiveThreshold());
    micros(out, 68, i.smoothedRtt());
    micros(out, 72, i.rttVariation() / 4);
    long threshold = i.slowStartThreshold();
    out.putInt(
        76, threshold == Long.MAX_VALUE ? INFINITE_SSTHRESH : (int) Math.max(1, threshold / mss));
    out.putInt(80, (int) (i.congestionWindow() / mss));
    out.putInt(84, d.advertisedMss());
    out.putInt(88, i.reordering());
    micros(out, 92, d.receiveRtt());
    out.putInt(96, d.receiveSpace());
    out.putInt(100, (int) i.retransmittedSegments());
    out.putLong(104, -1);
    out.putLong(112, -1);
    out.putLong(120, i.bytesAcked());
    out.putLong(128, i.bytesReceived());
    out.putInt(136, (int) i.segmentsOut());
    out.putInt(140, (int) i.segmentsIn());
    out.putInt(144, (int) d.notSent());
    micros(out, 148, i.minRtt());
    out.putInt(152, (int) d.dataSegmentsIn());
    out.putInt(156, (int) d.dataSegmentsOut());
    out.putLong(168, d.busyTime() / MICRO);
    out.putLong(176, d.windowLimitedTime() / MICRO);
    out.putLong(184, d.bufferLimitedTime() / MICRO);
    out.putInt(192, (int) d.delivered());
    out.putInt(196, (int) d.deliveredMarked());
    out.putLong(200, d.bytesSent());
    out.putLong(208, i.retransmittedBytes());
    out.putInt(216, (int) d.duplicatesReported());
    out.putInt(224, (int) d.outOfOrderSegments());
    out.putInt(228, (int) i.sendWindow());
    out.putInt(232, (int) i.receiveWindow());
    out.putShort(240, (short) i.timeouts());
  }

  private static void micros(ByteBuffer out, int at, long nanos) {
    out.putInt(at, (int) (nanos / MICRO));
  }

  private static void millis(ByteBuffer out, int at, long nanos) {
    out.putInt(at, (int) (nanos / (1000 * MICRO)));
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
