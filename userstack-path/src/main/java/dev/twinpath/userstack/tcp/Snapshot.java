package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.ConnectionDetails;
import dev.twinpath.userstack.stack.ConnectionInfo;

/** What a connection tells of itself, as TCP_INFO. */
final class Snapshot {
  private static final String[] RECOVERY = {"open", "disorder", "cwr", "recovery", "loss"};

  private Snapshot() {}

  static ConnectionInfo of(Connection c) {
    boolean scaled = c.windowScaling && c.state.isSynchronized();
    return new ConnectionInfo(
        c.id,
        c.state,
        c.localAddress(),
        c.localPort,
        c.remoteAddress(),
        c.remotePort,
        c.receiveAvailable(),
        c.receiveBuffer == null ? 0 : c.receiveBuffer.outOfOrder.size(),
        c.unsentBytes(),
        c.unackedBytes(),
        c.sent.sackedBytes,
        c.sent.lostBytes,
        c.sent.retransmittedBytes,
        c.cwnd,
        c.ssthresh,
        c.sndWnd,
        ReceiveWindow.current(c),
        c.srtt,
        c.rttVariation,
        c.minRtt,
        c.rto == 0 ? 0 : c.stack.timers.timeout(c),
        c.backoff,
        c.mss,
        c.retransmittedSegments,
        c.retransmittedBytes,
        c.timeouts,
        c.bytesAcked,
        c.bytesReceived,
        c.segmentsIn,
        c.segmentsOut,
        c.timestamps,
        c.sack,
        c.ecn,
        scaled ? c.sndWindowShift : -1,
        scaled ? c.rcvWindowShift : -1,
        c.reordering,
        RECOVERY[c.recovery],
        c.congestion.name(),
        c.pacer == null ? 0 : (long) c.pacer.rate(),
        details(c));
  }

  private static ConnectionDetails details(Connection c) {
    long now = c.stack.now;
    RetransmissionQueue sent = c.sent;
    int memory = c.receiveBuffer == null ? 0 : c.receiveBuffer.memory();
    return new ConnectionDetails(
        c.retransmits,
        Math.max(c.probes, c.keepAliveProbes),
        c.ackTimeout,
        c.rcvMss,
        c.advertisedMss,
        c.advertisedMss + TcpStack.headers(c.v6),
        segments(c, c.closed ? 0 : c.outstanding()),
        segments(c, sent.sackedBytes),
        segments(c, sent.lostBytes),
        segments(c, sent.retransmittedBytes),
        c.lastSentNanos == 0 ? 0 : now - c.lastSentNanos,
        c.lastDataNanos == 0 ? 0 : now - c.lastDataNanos,
        c.lastReceivedNanos == 0 ? 0 : now - c.lastReceivedNanos,
        c.rcvThreshold,
        c.rcvRtt,
        c.rcvSpace,
        c.unsentBytes(),
        c.dataSegmentsIn,
        c.dataSegmentsOut,
        c.bytesSent,
        c.deliveredSegments,
        c.deliveredMarked,
        c.dsackSegments,
        c.outOfOrderSegments,
        LimitTimes.busy(c),
        LimitTimes.window(c),
        LimitTimes.buffer(c),
        c.receiveSpace,
        memory,
        c.sendSpace,
        c.stack.sendSpace.memory(c),
        c.meanDeviation,
        c.rate != null && c.rate.isApplicationLimited(),
        c.orphan,
        Listing.timer(c),
        c.synDataTaken);
  }

  private static int segments(Connection c, long bytes) {
    return c.mss == 0 ? 0 : (int) ((bytes + c.mss - 1) / c.mss);
  }
}
