package dev.twinpath.userstack.stack;

/**
 * What Linux's TCP_INFO has beyond {@link ConnectionInfo}, its names in brackets. Times in
 * nanoseconds, sizes in bytes, counts in segments.
 *
 * @param retransmits timeouts since something was acknowledged (tcpi_retransmits)
 * @param probes unanswered probes of a shut window or of an idle peer (tcpi_probes)
 * @param ackTimeout delay of ACKs, 0 before the first data (tcpi_ato)
 * @param receiveMss estimate of the peer's segments (tcpi_rcv_mss)
 * @param advertisedMss what the peer was told (tcpi_advmss)
 * @param pathMtu packets are not larger (tcpi_pmtu)
 * @param unackedSegments sent and not acknowledged (tcpi_unacked)
 * @param sackedSegments of these, said to have come (tcpi_sacked)
 * @param lostSegments of these, thought lost (tcpi_lost)
 * @param retransmittedNow of these, sent again (tcpi_retrans)
 * @param sinceDataSent since data was sent (tcpi_last_data_sent)
 * @param sinceDataReceived since data came (tcpi_last_data_recv)
 * @param sinceAckReceived since an ACK came (tcpi_last_ack_recv)
 * @param receiveThreshold the receive window is not more (tcpi_rcv_ssthresh)
 * @param receiveRtt the receiver's estimate of the round trip; 0 = none (tcpi_rcv_rtt)
 * @param receiveSpace what the application read in a round trip (tcpi_rcv_space)
 * @param notSent queued and never sent (tcpi_notsent_bytes)
 * @param dataSegmentsIn segments with payload that came (tcpi_data_segs_in)
 * @param dataSegmentsOut segments with payload that left (tcpi_data_segs_out)
 * @param bytesSent payload bytes that left, again or not (tcpi_bytes_sent)
 * @param delivered segments that the peer acknowledged, in order or not (tcpi_delivered)
 * @param deliveredMarked of these, with a congestion mark (tcpi_delivered_ce)
 * @param duplicatesReported segments that the peer said it got twice (tcpi_dsack_dups)
 * @param outOfOrderSegments segments that came beyond a hole (tcpi_rcv_ooopack)
 * @param busyTime how long there was something to send (tcpi_busy_time)
 * @param windowLimitedTime of that, waiting for the peer's window (tcpi_rwnd_limited)
 * @param bufferLimitedTime of that, waiting for room in the send buffer (tcpi_sndbuf_limited)
 * @param receiveBuffer size of the receive buffer (SO_RCVBUF, SO_MEMINFO)
 * @param receiveMemory memory that received bytes hold
 * @param sendBuffer size of the send buffer (SO_SNDBUF)
 * @param sendMemory memory that copied bytes hold in the send queue
 * @param rttDeviation mean deviation of the round trip (tcpi_rttvar)
 * @param appLimited whether the application, not the network, bounds the rate
 *     (tcpi_delivery_rate_app_limited); false where no rate is measured
 * @param orphan whether the application has closed and forgotten it
 * @param timer what it waits for (idiag_timer, idiag_expires, idiag_retrans)
 * @param synDataTaken data that came or went with the SYN was taken (TCPI_OPT_SYN_DATA)
 */
public record ConnectionDetails(
    int retransmits,
    int probes,
    long ackTimeout,
    int receiveMss,
    int advertisedMss,
    int pathMtu,
    int unackedSegments,
    int sackedSegments,
    int lostSegments,
    int retransmittedNow,
    long sinceDataSent,
    long sinceDataReceived,
    long sinceAckReceived,
    int receiveThreshold,
    long receiveRtt,
    int receiveSpace,
    long notSent,
    long dataSegmentsIn,
    long dataSegmentsOut,
    long bytesSent,
    long delivered,
    long deliveredMarked,
    long duplicatesReported,
    long outOfOrderSegments,
    long busyTime,
    long windowLimitedTime,
    long bufferLimitedTime,
    int receiveBuffer,
    int receiveMemory,
    int sendBuffer,
    int sendMemory,
    long rttDeviation,
    boolean appLimited,
    boolean orphan,
    TimerInfo timer,
    boolean synDataTaken) {}
