package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * A snapshot of one connection, as {@code ss -ti} shows it. Times in nanoseconds, sizes in bytes.
 *
 * @param id names the connection in its shard
 * @param state the state
 * @param localAddress local address
 * @param localPort local port
 * @param remoteAddress remote address
 * @param remotePort remote port
 * @param receiveQueue in-order bytes that the application did not take
 * @param outOfOrder bytes held beyond a hole
 * @param unsent bytes queued and never sent
 * @param unacked bytes sent and not acknowledged
 * @param sacked of them, bytes that the peer has beyond a hole
 * @param lost of them, bytes that are thought lost, whether sent again or not
 * @param retransmitting of them, bytes that were sent again and may arrive yet
 * @param congestionWindow cwnd
 * @param slowStartThreshold ssthresh; Long.MAX_VALUE = none yet
 * @param sendWindow the peer's window
 * @param receiveWindow our window
 * @param smoothedRtt srtt; 0 = not measured
 * @param rttVariation rttvar
 * @param minRtt the least round trip seen; 0 = not measured
 * @param retransmissionTimeout RTO with its backoff
 * @param backoff consecutive timeouts
 * @param mss payload bytes of a full segment
 * @param retransmittedSegments segments sent again, ever
 * @param retransmittedBytes bytes sent again, ever
 * @param timeouts retransmission timeouts, ever
 * @param bytesAcked payload bytes acknowledged
 * @param bytesReceived payload bytes received in order
 * @param segmentsIn segments received
 * @param segmentsOut segments sent, TSO packets counted by their frames
 * @param timestamps RFC 7323 timestamps in use
 * @param sack RFC 2018 in use
 * @param ecn RFC 3168 in use
 * @param sendWindowScale the peer's window shift, -1 = not negotiated
 * @param receiveWindowScale our window shift, -1 = not negotiated
 * @param reordering the reordering distance assumed, in segments
 * @param recovery open, disorder, cwr, recovery or loss
 * @param congestionControl cubic, reno or bbr
 * @param pacingRate bytes a second at which packets leave; 0 = not paced, or not known yet
 * @param details what else TCP_INFO has
 */
public record ConnectionInfo(
    long id,
    TcpState state,
    IpAddress localAddress,
    int localPort,
    IpAddress remoteAddress,
    int remotePort,
    long receiveQueue,
    long outOfOrder,
    long unsent,
    long unacked,
    long sacked,
    long lost,
    long retransmitting,
    long congestionWindow,
    long slowStartThreshold,
    long sendWindow,
    long receiveWindow,
    long smoothedRtt,
    long rttVariation,
    long minRtt,
    long retransmissionTimeout,
    int backoff,
    int mss,
    long retransmittedSegments,
    long retransmittedBytes,
    long timeouts,
    long bytesAcked,
    long bytesReceived,
    long segmentsIn,
    long segmentsOut,
    boolean timestamps,
    boolean sack,
    boolean ecn,
    int sendWindowScale,
    int receiveWindowScale,
    int reordering,
    String recovery,
    String congestionControl,
    long pacingRate,
    ConnectionDetails details) {}
