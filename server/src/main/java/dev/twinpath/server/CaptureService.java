package dev.twinpath.server;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.nic.capture.Captures;
import dev.twinpath.nic.device.Nic;
import dev.twinpath.server.metrics.CpuRole;
import dev.twinpath.server.metrics.ServerMetrics;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Captures of the user path's NIC. The threads that write them are kept, one for each that may run
 * at a time, so that their CPU time stays in the account.
 */
final class CaptureService implements AutoCloseable {
  private static final int CLOSE_SECONDS = 5;

  private final Nic nic;
  private final ThreadPoolExecutor threads;

  CaptureService(Nic nic, ServerMetrics metrics) {
    this.nic = nic;
    DefaultThreadFactory factory = new DefaultThreadFactory("capture", true);
    threads =
        new ThreadPoolExecutor(
            0,
            // One that just ended may not have given its thread back when the next one starts.
            2 * Captures.MAX,
            Long.MAX_VALUE,
            TimeUnit.NANOSECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = factory.newThread(task);
              metrics.countThread(thread, CpuRole.ADMIN);
              return thread;
            });
  }

  /** As {@link Nic#startCapture}. */
  Capture start(CaptureOptions options, WritableByteChannel out) {
    return nic.startCapture(options, out, threads);
  }

  /** Waits some seconds for captures that end; the admin port has ended its own before. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      threads.shutdownNow();
    }
  }
}
