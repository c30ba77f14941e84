package dev.twinpath.server.admin;

import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.ConnectionProtocol;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.CpuRole;
import dev.twinpath.server.metrics.HttpProtocol;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.MetricCatalogue;
import dev.twinpath.server.metrics.RequestMethod;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * Serves the live page over invented traffic, for whoever works on the page: every look at it is
 * one second of an afternoon that is the same each time. Run {@code main} from the test classpath;
 * the argument is the port.
 */
public final class LivePageDemo {
  private final ServerMetrics metrics = new ServerMetrics();
  private final FakeContext context = new FakeContext();
  private final Random random = new Random(42);
  private final Map<DataPath, Double> cpu = new EnumMap<>(DataPath.class);
  private long nanos;
  private int seconds;

  private LivePageDemo() {}

  /** Runs until it is killed. */
  public static void main(String[] arguments) throws Exception {
    LivePageDemo demo = new LivePageDemo();
    for (DataPath path : DataPath.values()) {
      demo.prepare(path);
    }
    AdminServer admin =
        AdminServer.start(
            Integer.parseInt(arguments[0]), demo.context, demo.metrics, demo::oneSecond);
    System.out.println("http:/" + admin.address() + "/");
    new CountDownLatch(1).await();
  }

  private void prepare(DataPath path) {
    LoopRecorder recorder = metrics.recorder(path, 0);
    for (int i = 0; i < 64; i++) {
      recorder.connectionOpened(ConnectionProtocol.HTTP);
    }
    cpu.put(path, 0.0);
    cpu(path, CpuRole.APPLICATION, 0.4);
    cpu(path, CpuRole.STACK, path == DataPath.SENDFILE ? 0.6 : 0.25);
    if (path == DataPath.USERSTACK) {
      cpu(path, CpuRole.SIMULATED_NIC, 0.2);
    }
  }

  private void cpu(DataPath path, CpuRole role, double share) {
    metrics.counter(
        MetricCatalogue.CPU_SECONDS, () -> cpu.get(path) * share, path.label(), role.label());
  }

  private synchronized long oneSecond() {
    context.active = seconds / 40 % 2 == 0 ? DataPath.SENDFILE : DataPath.USERSTACK;
    for (DataPath path : DataPath.values()) {
      int requests = (path == context.active ? 9000 : 1200) + random.nextInt(700);
      cpu.merge(path, requests * (path == DataPath.SENDFILE ? 21e-6 : 16e-6), Double::sum);
      LoopRecorder recorder = metrics.recorder(path, 0);
      for (int i = 0; i < requests; i++) {
        double latency = 180e3 * Math.exp(random.nextGaussian() * 0.7);
        recorder.requestStarted();
        recorder.firstByte((long) (latency * 0.4));
        recorder.bodyBytes(path == DataPath.SENDFILE ? BodyMode.SPLICE : BodyMode.MAPPED, 65_536);
        recorder.requestCompleted(RequestMethod.GET, 200, HttpProtocol.HTTP_1_1, (long) latency);
      }
      recorder.copiedBytes(CopyStage.GENERATED, 2_000);
    }
    seconds++;
    nanos += 1_000_000_000L;
    return nanos;
  }
}
