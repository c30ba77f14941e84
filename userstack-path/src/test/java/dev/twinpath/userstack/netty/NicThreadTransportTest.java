package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.InterruptModeration;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.NicThread;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * The contract with each host's NIC on a thread of its own: the loops sleep on its interrupts, and
 * the devices on doorbells and the wire.
 */
class NicThreadTransportTest extends TransportContract {
  private final long begin = System.nanoTime();

  @Override
  TransportFixture open() {
    return new UserStackFixture(
        nic -> nic.withThread(20_000).withModeration(new InterruptModeration(1, 0, 64, 100)));
  }

  private UserStackFixture hosts() {
    return (UserStackFixture) fixture;
  }

  @Test
  void theDevicesTimeIsItsThreads() throws Exception {
    manyShortConnections();
    NicThread thread = hosts().serverStack().nic().thread().orElseThrow();
    NicCounters counters = hosts().serverStack().nic().queuePair(0).counters();
    LoopCounters loop = hosts().serverStack().loops().get(0).counters();
    long cpu = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.thread().threadId());
    assertThat(counters.receivedPackets()).isPositive();
    assertThat(counters.interrupts()).isPositive();
    assertThat(thread.failures()).isZero();
    assertThat(cpu).isPositive();
    assertThat(loop.deviceNanos()).as("on the event loop").isZero();
    // One thread's time by the clock: it cannot be more than has passed since before it began.
    assertThat(counters.deviceNanos()).isPositive().isLessThan(System.nanoTime() - begin);
  }
}
