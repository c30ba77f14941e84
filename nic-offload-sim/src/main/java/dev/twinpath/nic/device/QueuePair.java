package dev.twinpath.nic.device;

import dev.twinpath.nic.capture.CapturePoint;
import dev.twinpath.nic.capture.TappedQueue;
import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireQueue;
import java.lang.foreign.Arena;

/**
 * One transmit and one receive ring, with the part of the device that serves them.
 *
 * <p>Everything here belongs to one thread, the shard's: the device is an agent whose {@link
 * #doWork} that thread calls. Nothing is shared with other queue pairs but the registered memory.
 */
public final class QueuePair {
  /** Packets of each direction that one {@link #doWork} moves at most. */
  private static final int BUDGET = 256;

  private final CapturePoint capturePoint;
  private final WireQueue wire;
  private final FlowTable flows = new FlowTable();
  private final SendTemplateTable templates = new SendTemplateTable();
  private final NicCounters counters = new NicCounters();
  private final Interrupt interrupt;
  private final TransmitQueue transmit;
  private final ReceiveQueue receive;
  private final TransmitEngine transmitEngine;
  private final ReceiveEngine receiveEngine;
  private final int index;

  /** When the wire first had no room for the packet that waits; 0 when none waits. */
  private long blockedSince;

  QueuePair(Arena arena, NicConfig config, int index, Wire wire, RegisteredMemory memory) {
    this.index = index;
    this.capturePoint = new CapturePoint(arena);
    this.wire = new TappedQueue(wire.queue(index), capturePoint);
    interrupt = new Interrupt(config.moderation(), counters);
    DescriptorRing txRing = new DescriptorRing(arena, config.txRingSize());
    DescriptorRing txDone = new DescriptorRing(arena, config.txRingSize());
    DescriptorRing rxRing = new DescriptorRing(arena, config.rxRingSize());
    DescriptorRing rxDone = new DescriptorRing(arena, config.rxRingSize());
    transmit = new TransmitQueue(txRing, txDone, counters);
    receive = new ReceiveQueue(rxRing, rxDone);
    transmitEngine =
        new TransmitEngine(
            txRing,
            txDone,
            memory,
            templates,
            this.wire,
            wire.capabilities(),
            config.mtu(),
            counters,
            arena);
    receiveEngine = new ReceiveEngine(rxRing, rxDone, memory, this.wire, flows, counters);
  }

  /** The queue pair's number. */
  public int index() {
    return index;
  }

  public TransmitQueue transmit() {
    return transmit;
  }

  public ReceiveQueue receive() {
    return receive;
  }

  /** This queue's own connections: a received frame of one comes with its tag. */
  public FlowTable flowTable() {
    return flows;
  }

  /** What outgoing packets that name a template must look like. */
  public SendTemplateTable sendTemplates() {
    return templates;
  }

  public NicCounters counters() {
    return counters;
  }

  /** Where captures look: every frame as it is on the wire, before and after all that we do. */
  public CapturePoint capturePoint() {
    return capturePoint;
  }

  /**
   * Lets the device work: packets that the doorbell told of go out, what the wire has goes into
   * posted buffers, and completions are written. Stops at a budget, an empty wire, or a wire
   * without room; there may be more to do as long as the result is not 0.
   *
   * @param nowNanos the host's clock
   * @return packets moved, both directions
   */
  public int doWork(long nowNanos) {
    long begin = System.nanoTime();
    int moved = 0;
    try {
      moved += transmitEngine.hasWork() ? transmit(nowNanos) : 0;
      moved += receiveEngine.doWork(BUDGET);
    } catch (InternalError late) {
      // A fault in memory of a truncated file that no barrier caught: whatever it hit is lost.
      counters.memoryFaults++;
      moved++;
    }
    if (moved > 0) {
      counters.deviceNanos += System.nanoTime() - begin;
    }
    return moved;
  }

  private int transmit(long nowNanos) {
    int sent = transmitEngine.doWork(BUDGET);
    if (sent > 0 || !transmitEngine.hasWork()) {
      if (blockedSince != 0) {
        counters.transmitBlockedNanos += nowNanos - blockedSince;
        blockedSince = 0;
      }
    } else if (blockedSince == 0) {
      blockedSince = nowNanos;
    }
    return sent;
  }

  /** Whether packets wait for the wire to have room, or for the next {@link #doWork}. */
  public boolean hasPendingTransmit() {
    return transmitEngine.hasWork();
  }

  /** A descriptor to poll for readiness to read while asleep, or -1 when the wire has none. */
  public int pollableFd() {
    return wire.pollableFd();
  }

  /**
   * The line by which other threads wake this queue's host: those of queues that hand frames over.
   * A host of several queues polls its descriptor too, or gives it a sink.
   */
  public Interrupt interrupt() {
    return interrupt;
  }

  /**
   * Before the owner sleeps on {@link #pollableFd()}: tells the wire, then looks once more.
   *
   * @return false when there is work and the owner must not sleep
   */
  public boolean armInterrupt() {
    interrupt.arm();
    boolean canSend =
        transmitEngine.hasWork() && !(transmitEngine.isBlocked() && wire.signalsRoom());
    return !canSend && !receive.hasFrames() && wire.armInterrupt();
  }

  /** After the owner slept. */
  public void disarmInterrupt() {
    interrupt.disarm();
    wire.disarmInterrupt();
  }

  /**
   * When {@link #doWork} must be called again though nothing arrives, by {@code System.nanoTime()};
   * {@link Long#MAX_VALUE} for never. Wires with a delay of their own need it.
   */
  public long nextDeadlineNanos() {
    return wire.nextDeadlineNanos();
  }

  /** Gives back what is not the arena's. */
  void close() {
    interrupt.close();
  }
}
