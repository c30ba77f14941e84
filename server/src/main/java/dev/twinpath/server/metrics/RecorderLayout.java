package dev.twinpath.server.metrics;

import java.util.ArrayList;
import java.util.List;

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

  static final int REQUEST_DURATION =
      block(
          MetricCatalogue.HTTP_REQUEST_DURATION,
          true,
          RequestMethod.values(),
          StatusClass.values(),
          HttpProtocol.values());
  static final int TIME_TO_FIRST_BYTE = block(MetricCatalogue.HTTP_TIME_TO_FIRST_BYTE, false);
  static final int ACTIVE_REQUESTS = block(MetricCatalogue.HTTP_ACTIVE_REQUESTS, false);
  static final int BODY_BYTES =
      block(MetricCatalogue.HTTP_RESPONSE_BODY_BYTES, false, BodyMode.values());
  static final int RANGE_REQUESTS =
      block(MetricCatalogue.RANGE_REQUESTS, false, RangeKind.values(), RangeResult.values());
  static final int FTP_COMMANDS =
      block(MetricCatalogue.FTP_COMMANDS, true, FtpReplies.commands(), FtpReplies.codes());
  static final int FTP_SESSIONS = block(MetricCatalogue.FTP_SESSIONS, false);
  static final int FTP_TRANSFER_BYTES =
      block(MetricCatalogue.FTP_TRANSFER_BYTES, false, TransferDirection.values());
  static final int FTP_TRANSFER_DURATION =
      block(MetricCatalogue.FTP_TRANSFER_DURATION, false, TransferDirection.values());
  static final int CONNECTIONS_ACCEPTED =
      block(MetricCatalogue.CONNECTIONS_ACCEPTED, false, ConnectionProtocol.values());
  static final int CONNECTIONS_CLOSED =
      block(
          MetricCatalogue.CONNECTIONS_CLOSED,
          false,
          ConnectionProtocol.values(),
          CloseReason.values());
  static final int CONNECTIONS =
      block(MetricCatalogue.CONNECTIONS, false, ConnectionProtocol.values());
  static final int COPIED_BYTES = block(MetricCatalogue.COPIED_BYTES, false, CopyStage.values());
  static final int POLL_ITERATIONS =
      block(MetricCatalogue.POLL_ITERATIONS, false, PollResult.values());
  static final int CACHE_REQUESTS =
      block(MetricCatalogue.CONTENT_CACHE_REQUESTS, false, CacheResult.values());
  static final int COLD_READS = block(MetricCatalogue.CONTENT_COLD_READS, false);
  static final int COLD_READ_DURATION = block(MetricCatalogue.CONTENT_COLD_READ_DURATION, false);
  static final int CONTENT_CHANGED =
      block(MetricCatalogue.CONTENT_CHANGED, false, ContentChange.values());

  /** The length of a recorder's array. */
  static final int CELLS = next + PADDING;

  private RecorderLayout() {}

  static List<RecorderBlock> blocks() {
    return List.copyOf(BLOCKS);
  }

  private static int block(
      MetricDefinition definition, boolean sparse, LabelValue[]... dimensions) {
    RecorderBlock block = new RecorderBlock(definition, next, sparse, dimensions);
    BLOCKS.add(block);
    next = block.end();
    return block.offset();
  }
}
