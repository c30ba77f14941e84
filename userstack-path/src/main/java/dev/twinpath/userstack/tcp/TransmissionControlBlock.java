package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimerNode;

/**
 * The state of one connection (RFC 9293 section 3.3.1). Sequence numbers are 64 bits wide inside
 * the stack, extended from the 32 on the wire, so that they compare as plain numbers; times are
 * nanoseconds, sizes bytes.
 */
abstract class TransmissionControlBlock extends TimerNode {
  /** Loss recovery: nothing is missing. */
  static final int OPEN = 0;

  /** Something is out of order, nothing is known to be lost. */
  static final int DISORDER = 1;

  /** Reducing because of a congestion mark, nothing is lost (RFC 3168 section 6.1.2). */
  static final int REDUCTION = 2;

  /** Fast recovery (RFC 6675, 6582). */
  static final int RECOVERY = 3;

  /** After a retransmission timeout. */
  static final int LOSS = 4;

  /** What {@link #transmitDeadline} is for. */
  static final int TIMER_NONE = 0;

  static final int TIMER_RETRANSMIT = 1;
  static final int TIMER_PERSIST = 2;
  static final int TIMER_REORDER = 3;
  static final int TIMER_LOSS_PROBE = 4;

  /** No deadline. */
  static final long NEVER = Long.MAX_VALUE;

  // --- identity
  int slot;

  /** Whether the connection runs over IPv6. Addresses are two longs, IPv4 as mapped. */
  boolean v6;

  long localHigh;
  long localLow;
  int localPort;
  long remoteHigh;
  long remoteLow;
  int remotePort;
  TcpState state = TcpState.CLOSED;
  Listener listener;

  /** What the application set; shared with others until {@link #ownsOptions}. */
  OptionValues options;

  boolean ownsOptions;

  // --- sending
  long iss;
  long sndUna;
  long sndNxt;
  long sndWnd;
  long maxSndWnd;
  long sndWl1;

  /** Everything before it may go out: the end of the queue at the last flush. */
  long flushedEnd;

  boolean finQueued;

  /** SYN or SYN-ACK has to be sent (again). */
  boolean synPending;

  int mss;

  /** What {@link #mss} was at first: the link and the peer allow no more. */
  int mssLimit;

  /** Null until the path's MTU is searched for. */
  MtuSearch mtuSearch;

  int sndWindowShift;

  /** Size of the send buffer, for copied bytes. */
  int sendSpace;

  /** sendBytes took less than it was given. */
  boolean noSpace;

  /** End of the last segment that was not full (Minshall's rule for Nagle's algorithm). */
  long smallEnd;

  final SendQueue sendQueue = new SendQueue();
  final RetransmissionQueue sent = new RetransmissionQueue();
  boolean nagle;
  boolean cork;

  /** MSG_MORE: as if corked, until something happens. */
  boolean more;

  /** What was queued until then goes in spite of Nagle and cork. */
  long pushEnd;

  /** Where the application said that more follows: no PSH there. */
  long moreEnd;

  boolean parked;
  boolean probePending;

  // --- receiving
  long irs;
  long rcvNxt;

  /** Next byte that the application gets. */
  long readPosition;

  /** Right edge of the window that the peer was told. */
  long rcvWindowEdge;

  /** rcvNxt in the last segment that was sent. */
  long lastAckSent;

  int rcvWindowShift;

  /** Payload bytes of a full segment, as we told the peer. */
  int advertisedMss;

  /** Size of the receive buffer; half of it is window. */
  int receiveSpace;

  /** The window is never more. */
  int windowClamp;

  /** The window is not more now (Linux's rcv_ssthresh). */
  int rcvThreshold;

  /** Bytes read in the last round trip that was measured, and where and when the next began. */
  int rcvSpace;

  long rcvSpaceSequence;
  long rcvSpaceNanos;

  /** The round trip as the receiver sees it, 0 = not measured. */
  long rcvRtt;

  long rcvRttSequence;
  long rcvRttNanos;
  int rcvRttEcho;

  /** Estimate of the peer's segment size, for delayed ACKs. */
  int rcvMss = Handshake.DEFAULT_MSS;

  int lastSegmentSize;

  /** Sequence number of the peer's FIN, -1 = none seen. */
  long remoteFin = -1;

  ReceiveBuffer receiveBuffer;
  boolean remoteClosedDelivered;
  boolean readClosed;
  long dsackStart;
  long dsackEnd;

  // --- acknowledging
  boolean ackNow;
  boolean ackDelayed;
  int quickAcks;

  /** Answers follow requests closely: ACKs wait for them (Linux's pingpong). */
  boolean interactive;

  /** Payload came since an ACK left. */
  boolean ackScheduled;

  /** What came was small, or pushed: it is acknowledged when it is read. */
  boolean ackPushed;

  boolean ackPushedTwice;

  /** What came last found no memory: the next ACK shuts the window. */
  boolean ackNoMemory;

  /** The delay of ACKs, 0 before the first data (Linux's ato). */
  long ackTimeout;

  long lastDataNanos;

  // --- options
  boolean timestamps;
  boolean sack;
  boolean windowScaling;
  int timestampOffset;
  int tsRecent;
  long tsRecentNanos;

  // --- round trips and timers
  long srtt;
  long meanDeviation;
  long greatestDeviation;
  long rttVariation;
  long rttSequence;
  long minRtt;
  long rto;
  int backoff;

  /** Timeouts since sndUna advanced. */
  int retransmits;

  int probes;

  /** When the first probe of a shut window left that got no answer; 0 = none. */
  long probesNanos;

  /** When the first timeout of a row was. */
  long retransmitNanos;

  int transmitTimer;
  long transmitDeadline = NEVER;
  long ackDeadline = NEVER;
  long idleDeadline = NEVER;
  long lastReceivedNanos;

  /** When the SYN or SYN-ACK left; 0 if it was sent more than once. */
  long synSentNanos;

  /** Last time that an out-of-window segment was answered, to limit the rate. */
  long lastOutOfWindowAck;

  // --- keep-alive
  boolean keepAlive;
  int keepAliveProbes;

  // --- congestion
  CongestionControl congestion;

  /** What {@link #congestion} remembers; null until it has something to. */
  Object congestionState;

  long cwnd;
  long ssthresh = Long.MAX_VALUE;
  long cwndCounter;
  boolean cwndLimited;

  /** Most bytes outstanding in the round trip that ends at {@link #cwndUsageEnd}. */
  long greatestFlight;

  long cwndUsageEnd;

  /** Most bytes outstanding since {@link #cwndUsedNanos}, when the window was last in full use. */
  long cwndUsed;

  long cwndUsedNanos;

  /** When data was sent last; 0 = never. */
  long lastSentNanos;

  /** What the congestion control learns of each acknowledgment; null where it does not ask. */
  DeliveryRate rate;

  /** Null where the connection is not paced. */
  Pacer pacer;

  /** Launch time of the packet that is being built; 0 = at once. */
  long launch;

  long pacingDeadline = NEVER;
  int recovery = OPEN;
  long recoveryPoint;
  int duplicateAcks;

  /** What would be restored if the last reduction was needless; a threshold of 0 = nothing. */
  long priorCwnd;

  long priorSsthresh;
  long undoMarker;

  /** Segments sent again since, less those that came twice; -1 = none was sent. */
  int undoRetransmissions;

  int retransmitStamp;
  boolean retransmitStampValid;

  /** The window before the reduction that is going on. */
  long reductionCwnd;

  long prrDelivered;
  long prrOut;

  // --- RACK-TLP
  long rackSentNanos;
  long rackEnd;
  long rackRtt;

  /** Something arrived since the last search for losses. */
  boolean rackAdvanced;

  boolean reorderingSeen;

  /** Greatest distance of reordering seen, in segments; 3 = none (Linux's tcp_reordering). */
  int reordering = Rack.DUPLICATES;

  /** Segments that the peer said it got twice. */
  long dsackSegments;

  /** A D-SACK came that the reordering window has not been widened for. */
  boolean dsackPending;

  int reorderSteps = 1;
  long reorderStepsRound;
  int reorderPersist;

  /** Whether the last timeout may still prove needless (F-RTO, RFC 5682). */
  boolean frto;

  /** F-RTO: new data goes before what is thought lost. */
  boolean frtoNewData;

  long highestSacked;
  boolean lossProbeOut;
  long lossProbeEnd;
  boolean lossProbeRetransmitted;

  // --- explicit congestion notification
  /** Our SYN asks, or asked, for it. */
  boolean ecnOffered;

  /** Both sides use it. */
  boolean ecn;

  /** What came was marked, and the peer has not said yet that it heard. */
  boolean ecnEcho;

  /** The peer marks its packets as capable. */
  boolean ecnSeen;

  /** The next new data tells that the window was reduced. */
  boolean ecnReduced;

  // --- path
  Neighbor neighbor;
  int neighborVersion;
  boolean awaitingNeighbor;
  long headerTemplate;

  /** Where the TCP header begins in a frame of the connection. */
  int tcpOffset;

  int sendTemplate;
  boolean permitsSyn;
  long permittedUna;
  long permittedSpan;
  int pseudoSum;
  int softError;

  // --- lists of the shard
  Connection readyNext;
  boolean ready;
  Connection touchedNext;
  boolean touched;
  boolean dataTouched;
  boolean writableTouched;
  boolean orphan;

  // --- TCP Fast Open
  /** The listener that accepted the connection before its handshake was complete. */
  Listener fastOpenListener;

  /** The peer took the data of our SYN, or we that of its. */
  boolean synDataTaken;

  /** The SYN or SYN-ACK has a Fast Open option. */
  boolean fastOpenOption;

  /** The option has the number of RFC 4727's experiments. */
  boolean fastOpenExperimental;

  /** An active open that may send data with its SYN. */
  boolean fastOpenWanted;

  /** Bytes that the first SYN carried. */
  int synData;

  /** The NIC's flow went over to the TIME_WAIT table. */
  boolean flowInTimeWait;

  boolean awaitingAccept;

  /** The ACK of the handshake came and was not taken: data has to come. */
  boolean deferred;

  Connection acceptNext;
  boolean closed;

  // --- counts for diagnosis
  /** Where its events go; null = nobody follows it. */
  ConnectionTrace trace;

  long bytesAcked;
  long bytesReceived;
  long segmentsIn;
  long segmentsOut;
  long retransmittedSegments;
  long retransmittedBytes;
  long timeouts;
  long bytesSent;
  int dataSegmentsIn;
  int dataSegmentsOut;
  int deliveredSegments;
  int deliveredMarked;
  int outOfOrderSegments;

  /** What is in the way of sending now, a constant of {@link LimitTimes}. */
  byte limit;

  long limitSince;
  long busyNanos;
  long windowLimitedNanos;
  long bufferLimitedNanos;

  /** The 64-bit number that a received acknowledgment number stands for. */
  final long extendAcknowledgment(int acknowledgment) {
    return sndNxt + (acknowledgment - (int) sndNxt);
  }

  /** The 64-bit number that a received sequence number stands for. */
  final long extendSequence(int sequence) {
    return rcvNxt + (sequence - (int) rcvNxt);
  }

  final long outstanding() {
    return sndNxt - sndUna;
  }

  final long pipe() {
    return sent.pipe(sndNxt - sndUna);
  }

  /** Sequence number that our FIN has or will have. */
  final long finSequence() {
    return sendQueue.end();
  }

  /** Whether FIN was sent. */
  final boolean finSent() {
    return finQueued && sndNxt > sendQueue.end();
  }

  /** Payload bytes that may be sent for the first time and were not. */
  final long unsentFlushed() {
    return Math.max(0, flushedEnd - sndNxt);
  }

  final long earliestDeadline() {
    return Math.min(
        Math.min(transmitDeadline, pacingDeadline), Math.min(ackDeadline, idleDeadline));
  }

  /** In-order bytes that the application did not take; the peer's FIN is not one. */
  final long unread() {
    long end = remoteFin >= 0 && rcvNxt > remoteFin ? remoteFin : rcvNxt;
    return end - readPosition;
  }
}
