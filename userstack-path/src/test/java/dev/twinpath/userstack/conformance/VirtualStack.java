package dev.twinpath.userstack.conformance;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackShard;
import java.lang.foreign.Arena;

/** One stack on one raw link, on a clock that only its owner moves. */
final class VirtualStack implements AutoCloseable {
  /** Where its time starts, in nanoseconds; any number that is no special case. */
  private static final long START = 1_000_000_000_000L;

  private static final int MANY_POLLS = 200_000;

  final Arena arena = Arena.ofShared();
  final RawIpWire wire = new RawIpWire(arena);
  final StackShard shard;
  private final Nic nic;
  private long now = START;

  VirtualStack(StackConfig config, int mtu) {
    wire.time(now);
    NicConfig card = NicConfig.defaults(RawIpWire.STACK_MAC).withMtu(mtu).withClock(() -> now);
    nic = new Nic(card, wire);
    shard = new StackShard(config, nic, 0, 0x7477_696e_7061_7468L, now);
  }

  long now() {
    return now;
  }

  /** Lets the stack do all that there is to do at this time. */
  void settle() {
    int idle = 0;
    for (int i = 0; idle < 2; i++) {
      if (i > MANY_POLLS) {
        throw new IllegalStateException("the stack does not come to rest at " + now + " ns");
      }
      idle = shard.poll(now) == 0 && !wire.hasInput() ? idle + 1 : 0;
    }
  }

  /** When the stack does something by itself; Long.MAX_VALUE = never. */
  long nextDeadline() {
    long next = shard.nextDeadlineNanos();
    return next == Long.MAX_VALUE ? next : Math.max(next, now + 1);
  }

  /** Moves time on to a point that is not beyond {@link #nextDeadline}, and settles. */
  void advanceTo(long nanos) {
    now = Math.max(now, nanos);
    wire.time(now);
    settle();
  }

  @Override
  public void close() {
    shard.close();
    nic.close();
    arena.close();
  }
}
