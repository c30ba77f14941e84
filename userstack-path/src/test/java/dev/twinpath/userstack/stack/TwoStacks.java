package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.Ipv4Address;
import java.util.function.BooleanSupplier;

/** Two shards joined by a wire, on a clock that the test turns. */
public final class TwoStacks implements AutoCloseable {
  public static final int CLIENT_ADDRESS = Ipv4Address.parse("10.9.0.1");
  public static final int SERVER_ADDRESS = Ipv4Address.parse("10.9.0.2");
  public static final IpAddress CLIENT_ADDRESS_6 = IpAddress.parse("fd00::1");
  public static final IpAddress SERVER_ADDRESS_6 = IpAddress.parse("fd00::2");
  public static final long MILLI = 1_000_000L;

  public final Nic clientNic;
  public final Nic serverNic;
  public final StackShard client;
  public final StackShard server;
  public long now = 1_000 * MILLI;

  /** Where wires that have a clock read the time; kept equal to {@link #now}. */
  public long[] clock = new long[1];

  /** Nanoseconds between two polls of the client, whose thread has other things to do; 0 = none. */
  public long clientPeriod;

  private long clientPolled;

  public TwoStacks(StackConfig clientConfig, StackConfig serverConfig, Wire left, Wire right) {
    clientNic = new Nic(NicConfig.defaults(0x020000000001L), left);
    serverNic = new Nic(NicConfig.defaults(0x020000000002L), right);
    client = new StackShard(clientConfig, clientNic, 0, 1, now);
    server = new StackShard(serverConfig, serverNic, 0, 2, now);
  }

  public static TwoStacks create() {
    MemoryWire.Pair wire = MemoryWire.pair();
    return new TwoStacks(clientConfig().build(), serverConfig().build(), wire.left(), wire.right());
  }

  /** Two stacks that have addresses of both versions, and ask nobody whether they are free. */
  public static TwoStacks dual() {
    MemoryWire.Pair wire = MemoryWire.pair();
    IpConfig ip = IpConfig.defaults().withDadTransmits(0);
    return new TwoStacks(
        clientConfig().address(CLIENT_ADDRESS_6 + "/64").ip(ip).build(),
        serverConfig().address(SERVER_ADDRESS_6 + "/64").ip(ip).build(),
        wire.left(),
        wire.right());
  }

  public static StackConfig.Builder clientConfig() {
    return StackConfig.builder()
        .address("10.9.0.1/24")
        .wmem(4096, 4 << 20, 4 << 20)
        .sendSlab(4 << 20)
        .receivePool(16 << 20);
  }

  public static StackConfig.Builder serverConfig() {
    return StackConfig.builder()
        .address("10.9.0.2/24")
        .wmem(4096, 4 << 20, 4 << 20)
        .sendSlab(4 << 20)
        .receivePool(16 << 20);
  }

  /** Polls both until neither has anything to do at this time. */
  public void settle() {
    clock[0] = now;
    for (int i = 0; i < 1_000_000; i++) {
      int work = pollClient() + server.poll(now);
      if (work == 0) {
        return;
      }
    }
    throw new AssertionError("the stacks do not come to rest at " + now);
  }

  private int pollClient() {
    if (clientPeriod > 0 && now < clientPolled + clientPeriod) {
      return 0;
    }
    clientPolled = now;
    return client.poll(now);
  }

  private long clientDeadline() {
    return clientPeriod > 0 ? clientPolled + clientPeriod : client.nextDeadlineNanos();
  }

  /**
   * Lets time pass, from deadline to deadline, until the condition holds; false if it never does.
   */
  public boolean runUntil(BooleanSupplier condition, long maxNanos) {
    long end = now + maxNanos;
    settle();
    while (!condition.getAsBoolean()) {
      long next = Math.min(clientDeadline(), server.nextDeadlineNanos());
      if (next > end) {
        now = end;
        settle();
        return condition.getAsBoolean();
      }
      now = Math.max(now + 1, next);
      settle();
    }
    return true;
  }

  /** Lets so much time pass. */
  public void run(long nanos) {
    runUntil(() -> false, nanos);
  }

  @Override
  public void close() {
    client.close();
    server.close();
    long violations =
        clientNic.queuePair(0).counters().templateViolations()
            + serverNic.queuePair(0).counters().templateViolations();
    clientNic.close();
    serverNic.close();
    if (violations != 0) {
      throw new AssertionError(violations + " packets broke their send templates");
    }
  }
}
