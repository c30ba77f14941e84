package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one event loop on one data path. Only that loop writes; anybody may read, and
 * sees values that are whole but may be a moment old. Every method costs a few plain loads and
 * opaque stores: no allocation, no lock, no meter. {@link ServerMetrics} adds the recorders of a
 * path up when it is scraped.
 */
@SuppressWarnings(
    "EnumOrdinal") // The cells are laid out by ordinal, in RecorderLayout, at run time.
public final class LoopRecorder {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final DataPath path;
  private final int loopIndex;
  private final long[] cells = new long[RecorderLayout.CELLS];
  private volatile CpuRole threadRole = CpuRole.APPLICATION;
  private volatile CpuTime cpuTime;

  LoopRecorder(DataPath path, int loopIndex) {
    this.path = path;
    this.loopIndex = loopIndex;
  }

  /** The path that this loop serves. */
  public DataPath path() {
    return path;
  }

  /** The index of the loop within its path, from 0. */
  public int loopIndex() {
    return loopIndex;
  }

  /**
   * Names the calling thread as this loop's own, so that its CPU time is counted. Call it once, on
   * the loop.
   */
  public void attachCurrentThread() {
    attachCurrentThread(CpuRole.APPLICATION);
  }

  /**
   * The same for a thread with another job. {@link CpuRole#APPLICATION} is a data path's event
   * loop, whose time is split further between the application and the stack below it.
   */
  public void attachCurrentThread(CpuRole role) {
    threadRole = role;
    cpuTime = new CpuTime(Thread.currentThread());
  }

  /** The CPU time of the attached thread; null as long as there is none. */
  CpuTime cpuTime() {
    return cpuTime;
  }

  CpuRole threadRole() {
    return threadRole;
  }

  // ---- HTTP

  /**
   * A request's head was decoded; {@link #requestCompleted} follows exactly once, whatever happens.
   */
  public void requestStarted() {
    add(RecorderLayout.ACTIVE_REQUESTS, 1);
  }

  /**
   * The first byte of a response was handed to the transport, {@code nanos} after its request was
   * decoded.
   */
  public void firstByte(long nanos) {
    observe(RecorderLayout.TIME_TO_FIRST_BYTE, nanos);
  }

  /**
   * A response was written out, or its connection ended on the way.
   *
   * @param status the status that was sent, 100..599
   * @param nanos from the decoded request to the last byte handed over
   */
  public void requestCompleted(
      RequestMethod method, int status, HttpProtocol protocol, long nanos) {
    add(RecorderLayout.ACTIVE_REQUESTS, -1);
    int combination = RecorderLayout.requestCombination(method, StatusClass.of(status), protocol);
    observe(RecorderLayout.REQUEST_DURATION + combination * RecorderBlock.HISTOGRAM_WIDTH, nanos);
  }

  /** Bytes of response bodies that the transport took, without headers. */
  public void bodyBytes(BodyMode mode, long bytes) {
    add(RecorderLayout.BODY_BYTES + mode.ordinal(), bytes);
  }

  /** A request carried a Range header. */
  public void rangeRequest(RangeKind kind, RangeResult result) {
    add(
        RecorderLayout.RANGE_REQUESTS
            + kind.ordinal() * RecorderLayout.RANGE_RESULTS
            + result.ordinal(),
        1);
  }

  // ---- connections

  /** A connection was accepted. {@link #connectionClosed} follows exactly once. */
  public void connectionOpened(ConnectionProtocol protocol) {
    add(RecorderLayout.CONNECTIONS_ACCEPTED + protocol.ordinal(), 1);
    add(RecorderLayout.CONNECTIONS + protocol.ordinal(), 1);
  }

  /** A connection that was counted as opened is gone. */
  public void connectionClosed(ConnectionProtocol protocol, CloseReason reason) {
    add(
        RecorderLayout.CONNECTIONS_CLOSED
            + protocol.ordinal() * RecorderLayout.CLOSE_REASONS
            + reason.ordinal(),
        1);
    add(RecorderLayout.CONNECTIONS + protocol.ordinal(), -1);
  }

  // ---- FTP

  /** A session began: its greeting went out. */
  public void ftpSessionOpened() {
    add(RecorderLayout.FTP_SESSIONS, 1);
  }

  /** A session ended. */
  public void ftpSessionClosed() {
    add(RecorderLayout.FTP_SESSIONS, -1);
  }

  /**
   * A command got its final reply.
   *
   * @param command the verb in upper case; unknown ones are counted as "other"
   * @param code the three-digit reply code
   */
  public void ftpCommand(String command, int code) {
    add(
        RecorderLayout.FTP_COMMANDS
            + FtpReplies.commandIndex(command) * RecorderLayout.FTP_CODES
            + FtpReplies.codeIndex(code),
        1);
  }

  /** Payload bytes moved on a data connection. */
  public void ftpTransferBytes(TransferDirection direction, long bytes) {
    add(RecorderLayout.FTP_TRANSFER_BYTES + direction.ordinal(), bytes);
  }

  /** A data transfer ended, well or not, {@code nanos} after its 150. */
  public void ftpTransferCompleted(TransferDirection direction, long nanos) {
    observe(
        RecorderLayout.FTP_TRANSFER_DURATION + direction.ordinal() * RecorderBlock.HISTOGRAM_WIDTH,
        nanos);
  }

  // ---- content and copies

  /** A file was looked up in the content cache. */
  public void cacheRequest(CacheResult result) {
    add(RecorderLayout.CACHE_REQUESTS + result.ordinal(), 1);
  }

  /**
   * A read had to wait for the disk, {@code nanos} long, away from the loop; called back on the
   * loop.
   */
  public void coldRead(long nanos) {
    add(RecorderLayout.COLD_READS, 1);
    observe(RecorderLayout.COLD_READ_DURATION, nanos);
  }

  /** A file was found changed. */
  public void contentChanged(ContentChange change) {
    add(RecorderLayout.CONTENT_CHANGED + change.ordinal(), 1);
  }

  /** Host code copied payload bytes. */
  public void copiedBytes(CopyStage stage, long bytes) {
    add(RecorderLayout.COPIED_BYTES + stage.ordinal(), bytes);
  }

  /** A sample of one TCP connection of the user stack; a round-trip time of 0 is not known yet. */
  public void connectionSample(long smoothedRttNanos, long congestionWindowBytes) {
    if (smoothedRttNanos > 0) {
      observe(RecorderLayout.TCP_SRTT, smoothedRttNanos);
    }
    add(RecorderLayout.TCP_CWND + BucketScale.BYTES.indexOf(congestionWindowBytes), 1);
    add(RecorderLayout.TCP_CWND + DurationBuckets.COUNT, congestionWindowBytes);
  }

  // ---- cells

  /** Reads a cell from any thread. */
  long read(int cell) {
    return (long) CELL.getOpaque(cells, cell);
  }

  private void add(int cell, long amount) {
    CELL.setOpaque(cells, cell, cells[cell] + amount);
  }

  /**
   * A negative duration (a clock that is not monotonic, or a caller's slip) counts as zero, never
   * as a hole.
   */
  private void observe(int firstCell, long nanos) {
    long duration = Math.max(0, nanos);
    add(firstCell + DurationBuckets.indexOf(duration), 1);
    add(firstCell + DurationBuckets.COUNT, duration);
  }
}
