package dev.twinpath.server.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** The one place that says which cell of a {@link LoopRecorder} counts what. */
final class RecorderLayout {
  /**
   * Cells left free at both ends, so that two loops' recorders never share a cache line (2 x 64
   * bytes).
   */
  static final int PADDING = 16;

  private static final List<RecorderBlock> BLOCKS = new ArrayList<>();
  private static int next = PADDING;

  static final int METHODS = RequestMethod.values().length;
  static final int STATUS_CLASSES = StatusClass.values().length;
  static final int HTTP_PROTOCOLS = HttpProtocol.values().length;
  static final int RANGE_RESULTS = RangeResult.values().length;
  static final int CLOSE_REASONS = CloseReason.values().length;
  static final int FTP_CODES = FtpReplies.codes().length;

  private static final IntPredicate ALL = combination -> true;
  private static final IntPredicate NONE = combination -> false;

  /**
   * GET, 2xx, HTTP/1.1: there from the start, so that the first rate that Prometheus makes is
   * right.
   */
  private static final int PLAIN_REQUEST =
      requestCombination(RequestMethod.GET, StatusClass.SUCCESSFUL, HttpProtocol.HTTP_1_1);

  static final int REQUEST_DURATION =
      block(
          MetricCatalogue.HTTP_REQUEST_DURATION,
          combination -> combination == PLAIN_REQUEST,
          RequestMethod.values(),
          StatusClass.values(),
          HttpProtocol.values());
  static final int TIME_TO_FIRST_BYTE = block(MetricCatalogue.HTTP_TIME_TO_FIRST_BYTE, ALL);
  static final int ACTIVE_REQUESTS = block(MetricCatalogue.HTTP_ACTIVE_REQUESTS, ALL);
  static final int BODY_BYTES =
      block(MetricCatalogue.HTTP_RESPONSE_BODY_BYTES, ALL, BodyMode.values());
  static final int RANGE_REQUESTS =
      block(MetricCatalogue.RANGE_REQUESTS, ALL, RangeKind.values(), RangeResult.values());
  static final int FTP_COMMANDS =
      block(MetricCatalogue.FTP_COMMANDS, NONE, FtpReplies.commands(), FtpReplies.codes());
  static final int FTP_SESSIONS = block(MetricCatalogue.FTP_SESSIONS, ALL);
  static final int FTP_TRANSFER_BYTES =
      block(MetricCatalogue.FTP_TRANSFER_BYTES, ALL, TransferDirection.values());
  static final int FTP_TRANSFER_DURATION =
      block(MetricCatalogue.FTP_TRANSFER_DURATION, ALL, TransferDirection.values());
  static final int CONNECTIONS_ACCEPTED =
      block(MetricCatalogue.CONNECTIONS_ACCEPTED, ALL, ConnectionProtocol.values());
  static final int CONNECTIONS_CLOSED =
      block(
          MetricCatalogue.CONNECTIONS_CLOSED,
          ALL,
          ConnectionProtocol.values(),
          CloseReason.values());
  static final int CONNECTIONS =
      block(MetricCatalogue.CONNECTIONS, ALL, ConnectionProtocol.values());
  static final int COPIED_BYTES = block(MetricCatalogue.COPIED_BYTES, ALL, CopyStage.values());
  static final int CACHE_REQUESTS =
      block(MetricCatalogue.CONTENT_CACHE_REQUESTS, ALL, CacheResult.values());
  static final int COLD_READS = block(MetricCatalogue.CONTENT_COLD_READS, ALL);
  static final int COLD_READ_DURATION = block(MetricCatalogue.CONTENT_COLD_READ_DURATION, ALL);
  static final int CONTENT_CHANGED =
      block(MetricCatalogue.CONTENT_CHANGED, ALL, ContentChange.values());

  static final int TCP_SRTT = block(MetricCatalogue.TCP_SRTT, ALL);
  static final int TCP_CWND = block(MetricCatalogue.TCP_CWND, ALL);

  /** The length of a recorder's array. */
  static final int CELLS = next + PADDING;

  private RecorderLayout() {}

  static int requestCombination(
      RequestMethod method, StatusClass statusClass, HttpProtocol protocol) {
    return (method.ordinal() * STATUS_CLASSES + statusClass.ordinal()) * HTTP_PROTOCOLS
        + protocol.ordinal();
  }

  static List<RecorderBlock> blocks() {
    return List.copyOf(BLOCKS);
  }

  private static int block(
      MetricDefinition definition, IntPredicate shownAtZero, LabelValue[]... dimensions) {
    RecorderBlock block = new RecorderBlock(definition, next, shownAtZero, dimensions);
    BLOCKS.add(block);
    next = block.end();
    return block.offset();
  }
}
