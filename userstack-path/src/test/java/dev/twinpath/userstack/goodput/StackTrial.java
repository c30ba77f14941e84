package dev.twinpath.userstack.goodput;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.stack.TcpConnection;
import java.lang.foreign.Arena;

/** Our stack as sender, on a NIC whose wire is the path. */
final class StackTrial extends GoodputTrial implements ConnectionHandler {
  private static final int QUEUED = 8 << 20;

  private final Arena arena = Arena.ofShared();
  private final Nic nic;
  private final StackShard shard;
  private final int region;
  private final TcpConnection connection;
  private CloseCause closed;

  StackTrial(GoodputCell cell, long seed, String congestion) {
    super(cell, seed);
    long now = System.nanoTime();
    nic = new Nic(NicConfig.defaults(0x020000000002L), path);
    StackConfig config =
        StackConfig.builder()
            .address(SENDER + "/24")
            .congestionControl(congestion)
            .sendSlab(1 << 20)
            .receivePool(1 << 20)
            .receiveBuffers(128)
            .maxConnections(16)
            .build();
    shard = new StackShard(config, nic, 0, seed, now);
    region = nic.memory().register(arena.allocate(QUEUED).address(), QUEUED, RegisteredMemory.READ);
    connection = shard.connect(0, 0, RECEIVER_ADDRESS, PORT, this);
  }

  @Override
  void send(long now) {
    if (closed != null) {
      throw new IllegalStateException("the stack's connection ended: " + closed);
    }
    if (connection.unsentBytes() < QUEUED) {
      connection.sendRange(region, 0, QUEUED, null);
      connection.flush();
    }
    shard.poll(now);
  }

  @Override
  public int onData(long address, int length) {
    return length;
  }

  @Override
  public void onRemoteClosed() {}

  @Override
  public void onClosed(CloseCause cause) {
    closed = cause;
  }

  @Override
  String describe() {
    StringBuilder text = new StringBuilder();
    StackCounter[] shown = {
      StackCounter.SEGMENTS_OUT,
      StackCounter.SEGMENTS_RETRANSMITTED,
      StackCounter.RETRANSMITTED_RTO,
      StackCounter.RETRANSMITTED_TLP,
      StackCounter.LOST_RETRANSMISSIONS,
      StackCounter.TIMEOUTS,
      StackCounter.RECOVERIES,
      StackCounter.SPURIOUS_RTO_UNDONE,
      StackCounter.SPURIOUS_RECOVERY_UNDONE,
      StackCounter.DSACK_IN
    };
    for (StackCounter counter : shown) {
      text.append(counter).append(' ').append(shard.counters().get(counter)).append(' ');
    }
    return text.toString();
  }

  @Override
  void closeSender() {
    shard.close();
    nic.close();
    arena.close();
  }
}
