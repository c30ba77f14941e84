package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.BottleneckNet;
import dev.twinpath.userstack.stack.BottleneckNet.Flow;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.TwoStacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pacing from a loop that comes by too seldom: late is not slower. */
class SlowLoopPacingTest {
  private static final long MILLI = TwoStacks.MILLI;
  private static final long LINE = 50_000_000;

  private static BottleneckNet net(String control, boolean pacing, double pollMillis) {
    StackConfig.Builder config = TwoStacks.clientConfig().congestionControl(control).pacing(pacing);
    BottleneckNet net = new BottleneckNet(config, LINE, 20 * MILLI);
    net.path.buffer = net.path.product();
    net.net.clientPeriod = (long) (pollMillis * MILLI);
    return net;
  }

  @ParameterizedTest
  @CsvSource({"bbr, 1", "bbr, 3", "bbr, 5", "bbr, 9", "cubic, 1", "cubic, 5", "reno, 5"})
  void aLoopThatPollsSeldomFillsTheLine(String control, double pollMillis) {
    try (BottleneckNet net = net(control, true, pollMillis)) {
      net.open();
      assertThat(net.utilisation(3_000, 6_000)).isGreaterThan(0.8);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.1", "1", "3", "5", "9"})
  void aBoundOfTheRateIsReachedAndNotExceeded(double pollMillis) {
    try (BottleneckNet net = net("cubic", true, pollMillis)) {
      Flow flow = net.open();
      flow.connection.maxPacingRate(2_500_000);
      net.run(2_000);
      flow.since();
      net.run(4_000);
      assertThat(flow.since() / 4.0).isBetween(2_350_000.0, 2_510_000.0);
    }
  }
}
