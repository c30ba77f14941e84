package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.twinpath.server.path.DataPath;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Counting is done for every request: it must leave nothing behind for the collector. */
class LoopRecorderAllocationTest {
  private static final int EVENTS = 50_000;

  @Test
  void countingAllocatesNothing() {
    try (ServerMetrics metrics = new ServerMetrics()) {
      LoopRecorder recorder = metrics.recorder(DataPath.SENDFILE, 0);
      events(recorder); // Classes are loaded, and the first compilation is over.
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long before = threads.getCurrentThreadAllocatedBytes();
      events(recorder);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      // Less than a byte an event: what the measurement itself may cost, and no object.
      assertThat(allocated).isLessThan(EVENTS);
    }
  }

  private static void events(LoopRecorder recorder) {
    for (int i = 0; i < EVENTS; i++) {
      recorder.connectionOpened(ConnectionProtocol.HTTP);
      recorder.requestStarted();
      recorder.firstByte(i);
      recorder.cacheRequest(CacheResult.HIT);
      recorder.rangeRequest(RangeKind.FROM, RangeResult.PARTIAL);
      recorder.bodyBytes(BodyMode.MAPPED, i);
      recorder.requestCompleted(RequestMethod.of("GET"), 206, HttpProtocol.HTTP_1_1, 2L * i);
      recorder.ftpCommand("RETR", 226);
      recorder.copiedBytes(CopyStage.SEND_COPY, i);
      recorder.connectionSample(i, i);
      recorder.connectionClosed(ConnectionProtocol.HTTP, CloseReason.CLIENT);
    }
  }
}
