package dev.twinpath.server.metrics;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.stack.StackCounters;
import java.nio.charset.StandardCharsets;

/** Every meter that there is, each with something to show, without a server. */
final class AllMeters implements AutoCloseable {
  final ServerMetrics metrics = new ServerMetrics();
  final ProcessMeters process = new ProcessMeters(metrics);
  private final Nic nic = new Nic(NicConfig.defaults(0x020000000001L), MemoryWire.pair().left());

  AllMeters() {
    CpuMeters.bind(metrics);
    StackMeters.bind(metrics, new StackCounters());
    NicMeters.bind(metrics, nic.queuePair(0));
    UserLoopCpu.bind(metrics, () -> UserLoopCpu.Split.ZERO, () -> 0);
    metrics.countThread(Thread.currentThread(), CpuRole.ADMIN);
    metrics.gauge(MetricCatalogue.CONTENT_CACHE_BYTES, () -> 1);
    metrics.gauge(MetricCatalogue.CONTENT_PINNED_BYTES, () -> 2);
    metrics.gauge(MetricCatalogue.PATH_ACTIVE, () -> 1, "sendfile");
    metrics.counter(MetricCatalogue.PATH_SWITCHES, () -> 3, "sendfile", "userstack");
    for (PollResult result : PollResult.values()) {
      metrics.counter(
          MetricCatalogue.POLL_ITERATIONS, () -> 4, DataPath.USERSTACK.label(), result.label());
    }
    metrics.info(MetricCatalogue.TRANSPORT_INFO, "sendfile", "epoll", "asked for");
    for (DataPath path : DataPath.values()) {
      everyEvent(metrics.recorder(path, 0));
    }
  }

  private static void everyEvent(LoopRecorder recorder) {
    recorder.attachCurrentThread();
    recorder.requestStarted();
    recorder.firstByte(1);
    recorder.requestCompleted(RequestMethod.GET, 200, HttpProtocol.HTTP_1_1, 2);
    recorder.bodyBytes(BodyMode.CACHED, 3);
    recorder.rangeRequest(RangeKind.FROM, RangeResult.PARTIAL);
    recorder.connectionOpened(ConnectionProtocol.FTP);
    recorder.connectionClosed(ConnectionProtocol.FTP, CloseReason.SERVER);
    recorder.ftpSessionOpened();
    recorder.ftpCommand("RETR", 226);
    recorder.ftpTransferBytes(TransferDirection.DOWNLOAD, 4);
    recorder.ftpTransferCompleted(TransferDirection.DOWNLOAD, 5);
    recorder.cacheRequest(CacheResult.MISS);
    recorder.coldRead(6);
    recorder.contentChanged(ContentChange.GROWN);
    recorder.copiedBytes(CopyStage.GENERATED, 7);
  }

  /** The text format 0.0.4. */
  String text() {
    return new String(metrics.scrape("").body(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws Exception {
    process.close();
    metrics.close();
    nic.close();
  }
}
