package dev.twinpath.nic.device;

import dev.twinpath.nic.capture.CapturePoint;
import dev.twinpath.nic.capture.TappedQueue;
import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.flow.QueueFlows;
import dev.twinpath.nic.flow.QueueListeners;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireQueue;
import java.lang.foreign.Arena;

/**
 * One transmit and one receive ring, with the part of the device that serves them.
 *
 * <p>What is public belongs to one thread, the shard's. So does the device's part where the device
 * works inline: it is an agent whose {@link #doWork} that thread calls. Otherwise a {@link
 * NicAgent} serves the queue on another thread, and {@link #doWork} only tells it what the host
 * did.
 *
 * <p>Shared with other queue pairs are the registered memory, the steering tables, which any thread
 * may read and change, and the {@link Crossbar}.
 */
public final class QueuePair {
  /** Packets of each direction that one {@link #doWork} moves at most. */
  private static final int BUDGET = 256;

  private final CapturePoint capturePoint;
  private final WireQueue wire;
  private final QueueFlows flows;
  private final QueueListeners listeners;
  private final ProtectionDomain domain;
  private final NicCounters counters = new NicCounters();
  private final Interrupt interrupt;
  private final TransmitQueue transmit;
  private final ReceiveQueue receive;
  private final TransmitEngine transmitEngine;
  private final ReceiveEngine receiveEngine;
  private final int index;

  private final DeviceTime time;

  /** Wakes the agent that serves this queue; null when the device works inline. */
  private DeviceSleeper agent;

  /** Whether the host wants the agent to let the queue be, and whether it does. */
  private volatile boolean stopRequested;

  private volatile boolean stopped;

  /** The host's: what the agent was told of. */
  private long told;

  /** The agent's: completions that the host was interrupted for. */
  private long receiveSignalled;

  private long transmitSignalled;
  private boolean wireArmed;

  /** When the wire first had no room for the packet that waits; 0 when none waits. */
  private long blockedSince;

  QueuePair(
      Arena arena,
      NicConfig config,
      int index,
      Wire wire,
      ProtectionDomain domain,
      Steering steering,
      Crossbar crossbar) {
    this.index = index;
    this.domain = domain;
    domain.add(this);
    this.capturePoint = new CapturePoint(arena);
    this.wire = new TappedQueue(wire.queue(index), capturePoint);
    flows = new QueueFlows(steering.flows(), index);
    listeners = new QueueListeners(steering.listeners(), index);
    interrupt = new Interrupt(config.moderation(), counters);
    time = new DeviceTime(config.clock());
    DescriptorRing txRing = new DescriptorRing(arena, config.txRingSize());
    DescriptorRing txDone = new DescriptorRing(arena, config.txRingSize());
    DescriptorRing rxRing = new DescriptorRing(arena, config.rxRingSize());
    DescriptorRing rxDone = new DescriptorRing(arena, config.rxRingSize());
    transmit = new TransmitQueue(txRing, txDone);
    receive = new ReceiveQueue(rxRing, rxDone);
    transmitEngine =
        new TransmitEngine(
            txRing, txDone, domain, this.wire, wire.capabilities(), config.mtu(), counters, arena);
    PostedBuffers buffers = new PostedBuffers(rxRing, domain.memory());
    ReceiveCompletions completions = new ReceiveCompletions(rxDone, counters);
    ReceiveDelivery delivery =
        new ReceiveDelivery(
            config.receive(),
            wire.capabilities().coalescing(),
            buffers,
            completions,
            domain.memory(),
            counters,
            arena);
    receiveEngine =
        new ReceiveEngine(
            buffers,
            completions,
            delivery,
            config.receive(),
            this.wire,
            new Classifier(steering, index),
            index,
            crossbar == null ? null : crossbar.port(index, interrupt),
            counters);
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

  /**
   * This queue's own connections, in the NIC's table: a received frame of one comes to this queue
   * and with its tag.
   */
  public QueueFlows flowTable() {
    return flows;
  }

  /** The ports on which this queue's host takes new connections, in the NIC's table. */
  public QueueListeners listeners() {
    return listeners;
  }

  /** Whom the queue pair belongs to: whose memory and templates its descriptors may name. */
  public ProtectionDomain domain() {
    return domain;
  }

  /** What outgoing packets that name a template must look like: those of the domain. */
  public SendTemplateTable sendTemplates() {
    return domain.sendTemplates();
  }

  /**
   * Holds what is sent to a rate, by the clock that {@link #doWork} is told. Counted are bytes from
   * the Ethernet header, the headers of every segment included. Any thread, for the control plane.
   *
   * @param bitsPerSecond up to 10^12; 0 for no limit
   * @param burstBytes what may go at once after a pause, up to 2^30; one packet more may go, as a
   *     packet goes when what went before is paid for
   */
  public void pace(long bitsPerSecond, long burstBytes) {
    transmitEngine.pace(bitsPerSecond, burstBytes);
    if (agent != null) {
      agent.wake();
    }
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
    if (agent != null) {
      tellDevice();
      return 0;
    }
    time.start();
    int moved = 0;
    if (transmitEngine.hasWork(nowNanos)) {
      moved += serveTransmit(nowNanos, BUDGET, Long.MAX_VALUE >>> 1, time);
    }
    return moved + serveReceive(nowNanos, time);
  }

  /** Posted buffers and completions that were taken: either may be what the device waits for. */
  private void tellDevice() {
    long now = receive.turns() + transmit.turns();
    if (now != told) {
      told = now;
      agent.wake();
    }
  }

  // ---- The device's side, on the host's thread or the agent's.

  void servedBy(DeviceSleeper sleeper) {
    agent = sleeper;
    transmit.deviceSleeps(sleeper);
  }

  /** Receives up to a budget; returns how much moved. */
  int serveReceive(long nowNanos, DeviceTime watch) {
    if (stopRequested) {
      finish(nowNanos, watch);
      return 0;
    }
    int moved;
    try {
      moved = receiveEngine.doWork(BUDGET, nowNanos);
    } catch (InternalError late) {
      receiveEngine.onFault();
      moved = lateFault();
    }
    long nanos = watch.lap();
    if (moved > 0) {
      counters.receiveNanos += nanos;
    } else {
      counters.idleNanos += nanos;
    }
    return moved;
  }

  /** Sends up to a budget; returns how many packets are done. */
  int serveTransmit(long nowNanos, int packets, long bytes, DeviceTime watch) {
    int moved;
    wire.beginBatch();
    try {
      moved = transmit(nowNanos, packets, bytes);
    } catch (InternalError late) {
      transmitEngine.publish();
      moved = lateFault();
    } finally {
      wire.endBatch();
    }
    counters.transmitNanos += watch.lap();
    return moved;
  }

  /** A fault in memory of a truncated file that no barrier caught: whatever it hit is lost. */
  private int lateFault() {
    counters.memoryFaults++;
    return 1;
  }

  /** What the device did for this queue's transmit ring: see {@link TransmitEngine#workBytes}. */
  long transmitWork() {
    return transmitEngine.workBytes();
  }

  /** Whether the device has packets of this queue to send. */
  boolean hasDeviceTransmit(long nowNanos) {
    return !stopped && transmitEngine.hasWork(nowNanos);
  }

  /** Interrupts the host for what was completed since the last time, as moderation has it. */
  void interruptHost(long nowNanos, DeviceTime watch) {
    int rx = (int) (counters.receiveCompletions - receiveSignalled);
    int tx = (int) (counters.transmitCompletions - transmitSignalled);
    receiveSignalled += rx;
    transmitSignalled += tx;
    if (interrupt.completed(rx, tx, nowNanos)) {
      counters.receiveNanos += watch.lap();
    }
  }

  /**
   * The agent is about to sleep: says so to the wire, then looks once more.
   *
   * @return whether there is nothing to do
   */
  boolean armDevice() {
    wireArmed = false;
    if (stopped) {
      return true;
    }
    boolean blocked = transmitEngine.isPaced() || transmitEngine.isBlocked() && wire.signalsRoom();
    if (stopRequested || transmitEngine.isReady() && !blocked) {
      return false;
    }
    if (!receiveEngine.isReady()) {
      // Nothing can be received until the host does something, which it tells.
      return true;
    }
    if (receiveEngine.hasHandedOver()) {
      return false;
    }
    wireArmed = true;
    return wire.armInterrupt();
  }

  /** The descriptor that wakes the agent, or -1. */
  int armedFd() {
    return wireArmed ? wire.pollableFd() : -1;
  }

  /** Whether nobody tells the agent when the wire has something for this queue. */
  boolean mustLookAgain() {
    return !stopped
        && (wireArmed ? wire.pollableFd() < 0 : transmitEngine.isBlocked() && wire.signalsRoom());
  }

  void disarmDevice() {
    if (wireArmed) {
      wireArmed = false;
      wire.disarmInterrupt();
    }
  }

  /** When the device must work though nothing arrives and no doorbell rings. */
  long deviceDeadlineNanos() {
    if (stopped) {
      return Long.MAX_VALUE;
    }
    long receive = Math.min(wire.nextDeadlineNanos(), receiveEngine.nextDeadlineNanos());
    return transmitDeadlineNanos(Math.min(receive, interrupt.deadlineNanos()));
  }

  /** The last that the agent does for a queue: what was rung for goes out, if the wire has room. */
  private void finish(long nowNanos, DeviceTime watch) {
    if (!stopped) {
      transmitEngine.launchAll();
      int rounds = transmit.capacity() / BUDGET + 1;
      while (rounds-- > 0
          && transmitEngine.hasWork()
          && serveTransmit(nowNanos, BUDGET, Long.MAX_VALUE >>> 1, watch) > 0) {
        continue;
      }
      receiveEngine.flush();
      stopped = true;
    }
  }

  // ---- The host's side.

  /**
   * Takes the queue out of service: the device finishes what it can of what was rung for, and does
   * not touch the host's memory any more. Packets that wait for a launch time go at once. Where the
   * device works inline that is all.
   */
  public void stop() {
    if (agent == null && transmitEngine.holdsPackets()) {
      transmitEngine.launchAll();
      time.start();
      serveTransmit(0, transmit.capacity(), Long.MAX_VALUE >>> 1, time);
    }
    stopRequested = agent != null;
    while (agent != null && !stopped && agent.threadRuns()) {
      agent.wake();
      Thread.onSpinWait();
      Thread.yield();
    }
    if (agent != null && !stopped) {
      time.start();
      finish(time.lap(), time);
    }
  }

  private int transmit(long nowNanos, int packets, long bytes) {
    int sent = transmitEngine.doWork(nowNanos, packets, bytes);
    if (sent > 0 || !transmitEngine.isBlocked()) {
      if (blockedSince != 0) {
        counters.transmitBlockedNanos += nowNanos - blockedSince;
        blockedSince = 0;
      }
    } else if (blockedSince == 0) {
      blockedSince = nowNanos;
    }
    return sent;
  }

  /**
   * Hands over at once what the device keeps back to join more to it: before the host takes its
   * buffers away, or when it wants to wait for nothing. Where the device has a thread of its own,
   * {@link #stop} does it.
   */
  public void flushReceive() {
    if (agent == null) {
      receiveEngine.flush();
    }
  }

  /**
   * Whether completions wait, or packets for the wire to have room or for the next {@link #doWork}.
   * Those whose launch time has not come are not meant: {@link #nextDeadlineNanos} tells of them.
   */
  public boolean hasPendingTransmit() {
    return transmit.hasCompletions() || agent == null && transmitEngine.hasWork();
  }

  /** Frames that the wire lost before the device took them: {@link WireQueue#receiveOverruns}. */
  public long receiveOverruns() {
    return wire.receiveOverruns();
  }

  /**
   * A descriptor to poll for readiness to read while asleep: the wire's, or -1 when it has none;
   * the interrupt's where the device has a thread of its own.
   */
  public int pollableFd() {
    return agent == null ? wire.pollableFd() : interrupt.fd();
  }

  /** Whether the device works on another thread than the host. */
  public boolean isServedByAgent() {
    return agent != null;
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
    if (agent != null) {
      tellDevice();
      return !receive.hasFrames() && !transmit.hasCompletions();
    }
    boolean canSend =
        transmitEngine.hasWork()
            && !transmitEngine.isPaced()
            && !(transmitEngine.isBlocked() && wire.signalsRoom());
    return !canSend
        && !receive.hasFrames()
        && !receiveEngine.hasHandedOver()
        && wire.armInterrupt();
  }

  /** After the owner slept. */
  public void disarmInterrupt() {
    interrupt.disarm();
    if (agent == null) {
      wire.disarmInterrupt();
    }
  }

  /**
   * When {@link #doWork} must be called again though nothing arrives, by {@code System.nanoTime()};
   * {@link Long#MAX_VALUE} for never. Wires with a delay of their own need it, queues with a rate,
   * packets with a launch time, and coalescing that waits for more.
   */
  public long nextDeadlineNanos() {
    if (agent != null) {
      return Long.MAX_VALUE;
    }
    return transmitDeadlineNanos(
        Math.min(wire.nextDeadlineNanos(), receiveEngine.nextDeadlineNanos()));
  }

  /** The earlier of a time and when a packet that waits for one may go. */
  private long transmitDeadlineNanos(long other) {
    long ready = transmitEngine.readyNanos();
    if (ready == Long.MAX_VALUE) {
      return other;
    }
    return other == Long.MAX_VALUE || ready - other < 0 ? ready : other;
  }

  /** Gives back what is not the arena's. */
  void close() {
    interrupt.close();
  }
}
