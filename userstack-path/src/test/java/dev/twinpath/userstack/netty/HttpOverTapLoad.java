package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Loads the transport with {@code wrk} and {@code curl} over a TAP in a namespace of its own, on
 * one loop, and prints what the loop spent its time on. Run by hand as root: {@code main [seconds
 * [busyPollMicros]]}.
 */
final class HttpOverTapLoad {
  private HttpOverTapLoad() {}

  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    long busyPollMicros = arguments.length > 1 ? Long.parseLong(arguments[1]) : 50;
    Path directory = Files.createTempDirectory("load");
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TinyHttp http = new TinyHttp()) {
      TapWire wire = namespace.openTap("tap0", 1, "10.7.0.1/24");
      UserStack stack =
          UserStack.open(
              wire,
              NicConfig.defaults(0x02_00_00_00_07_02L),
              StackConfig.builder().address("10.7.0.2/24").build(),
              new IdleStrategy(TimeUnit.MICROSECONDS.toNanos(busyPollMicros)));
      EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, stack.ioHandlerFactory());
      EventLoop loop = group.next();
      new ServerBootstrap()
          .group(loop, loop)
          .channel(UserStackServerSocketChannel.class)
          .childHandler(http)
          .bind("10.7.0.2", 80)
          .sync();
      http.add("/1k", Files.write(directory.resolve("1k"), TransportContract.pattern(1 << 10)));
      http.add("/64k", Files.write(directory.resolve("64k"), TransportContract.pattern(1 << 16)));
      http.add("/1m", Files.write(directory.resolve("1m"), TransportContract.pattern(1 << 20)));
      Path large = directory.resolve("256m");
      Files.write(large, TransportContract.pattern(256 << 20));
      http.add("/256m", large);
      try {
        // The first round warms up and is not to be read.
        for (String uri : new String[] {"1k", "1k", "64k", "1m"}) {
          long[] before = times(stack);
          String report =
              namespace.shell("wrk -t1 -c64 -d" + seconds + "s http://10.7.0.2/" + uri).output();
          print(uri, report, before, stack);
        }
        for (int i = 0; i < 3; i++) {
          long[] before = times(stack);
          String report =
              namespace
                  .shell(
                      "for i in 1 2 3; do curl -sS -o /dev/null"
                          + " -w 'curl: %{speed_download} B/s\\n' http://10.7.0.2/256m; done")
                  .output();
          print("256m", report, before, stack);
        }
        System.out.println("=== the client's kernel");
        System.out.println(
            namespace
                .shell("nstat -as | grep -E 'DSACK|Backlog|Prune|QDrop|OFO|Retrans|InCsum|InErr'")
                .output());
        System.out.println("=== the stack");
        for (StackCounter counter : StackCounter.values()) {
          long value = stack.loops().get(0).shard().counters().get(counter);
          if (value != 0) {
            System.out.println(counter + " " + value);
          }
        }
      } finally {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        stack.close();
        for (String name : new String[] {"1k", "64k", "1m", "256m"}) {
          Files.deleteIfExists(directory.resolve(name));
        }
        Files.delete(directory);
      }
    }
  }

  private static long[] times(UserStack stack) {
    LoopCounters c = stack.loops().get(0).counters();
    return new long[] {
      c.stackNanos(),
      c.deviceNanos(),
      c.applicationNanos(),
      c.spinningNanos(),
      c.parkedNanos(),
      c.busyIterations(),
      c.idleIterations(),
      c.parks()
    };
  }

  private static void print(String what, String report, long[] before, UserStack stack) {
    long[] now = times(stack);
    System.out.println("=== " + what);
    report
        .lines()
        .filter(
            line ->
                line.contains("requests in")
                    || line.contains("/sec")
                    || line.contains("Socket errors")
                    || line.contains("curl"))
        .forEach(System.out::println);
    System.out.printf(
        "ms: stack %d, device %d, application %d, spinning %d, parked %d;"
            + " iterations: busy %d, idle %d, parks %d%n",
        (now[0] - before[0]) / 1_000_000,
        (now[1] - before[1]) / 1_000_000,
        (now[2] - before[2]) / 1_000_000,
        (now[3] - before[3]) / 1_000_000,
        (now[4] - before[4]) / 1_000_000,
        now[5] - before[5],
        now[6] - before[6],
        now[7] - before[7]);
    NicCounters nic = stack.nic().queuePair(0).counters();
    System.out.printf(
        "total: packets out %d in %d, doorbells %d, retransmitted %d%n",
        nic.transmittedPackets(),
        nic.receivedPackets(),
        stack.nic().queuePair(0).transmit().doorbells(),
        stack.loops().get(0).shard().counters().get(StackCounter.SEGMENTS_RETRANSMITTED));
  }
}
