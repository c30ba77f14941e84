package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.offload.UdpSegmentation;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitDescriptor;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import java.lang.foreign.Arena;

/**
 * The device's side of a transmit ring.
 *
 * <p>What the host wrote is not trusted: {@link PacketLoader} reads a packet's descriptors once
 * into the device's own memory, checks them, and everything after works on that copy. A packet that
 * cannot be sent is completed with its cause, and the next one follows.
 */
final class TransmitEngine {
  private static final int WAITING = -1;
  private static final int UNFINISHED = -2;

  /**
   * What a packet that is refused costs of a budget of bytes: as much as a full frame, for the
   * device looked at it as at one, and it is nobody's right.
   */
  static final int REFUSAL_COST = 1514;

  private final DescriptorRing ring;
  private final TransmitCompletions completions;
  private final WireQueue wire;
  private final boolean wireChecksums;
  private final boolean wireTso4;
  private final boolean wireTso6;
  private final boolean wireUso;
  private final int wireFrame;
  private final NicCounters counters;
  private final PacketLoader loader;
  private final Segmentation tcpSegmentation;
  private final Segmentation udpSegmentation;
  private final TransmitPacer pacer = new TransmitPacer();
  private final LaunchTimes launches;

  /** Position of the next packet to look at. */
  private long head;

  /** What of {@link #launches} is being sent; -1 for the packet at {@link #head}. */
  private int launched = -1;

  private long lastNanos;

  /** What cuts the packet that is being sent, of which some segments went out already, or null. */
  private Segmentation segmentation;

  /** Whether the wire had no room the last time. */
  private boolean blocked;

  /** Whether the queue's rate held the packet at {@link #head} back the last time. */
  private boolean paced;

  /** A position that the host rang for and that cannot be, until it rings for another. */
  private long lie;

  private boolean lying;

  private long workBytes;

  /** For one trusted domain. */
  TransmitEngine(
      DescriptorRing ring,
      DescriptorRing completions,
      RegisteredMemory memory,
      SendTemplateTable templates,
      WireQueue wire,
      WireCapabilities capabilities,
      int mtu,
      NicCounters counters,
      Arena arena) {
    this(
        ring,
        completions,
        new ProtectionDomain(
            ProtectionDomain.DEFAULT,
            "default",
            ProtectionDomain.Policy.TRUSTED,
            memory,
            templates),
        wire,
        capabilities,
        mtu,
        counters,
        arena);
  }

  TransmitEngine(
      DescriptorRing ring,
      DescriptorRing completions,
      ProtectionDomain domain,
      WireQueue wire,
      WireCapabilities capabilities,
      int mtu,
      NicCounters counters,
      Arena arena) {
    this.ring = ring;
    this.wire = wire;
    this.wireChecksums = capabilities.checksumOffload();
    this.wireTso4 = capabilities.tso4() && wireChecksums;
    this.wireTso6 = capabilities.tso6() && wireChecksums;
    this.wireUso = capabilities.udpSegmentation() && wireChecksums;
    this.wireFrame = capabilities.maxFrameBytes();
    this.counters = counters;
    this.launches = new LaunchTimes(completions.capacity());
    this.completions = new TransmitCompletions(ring, completions, launches, counters);
    this.loader =
        new PacketLoader(
            domain.memory(),
            domain.sendTemplates(),
            domain.policy() == ProtectionDomain.Policy.TEMPLATES_REQUIRED,
            mtu,
            capabilities.maxSegments(),
            arena);
    this.tcpSegmentation = new TcpSegmentation(arena);
    this.udpSegmentation = new UdpSegmentation(arena);
  }

  /** Whether there were packets to send when the device last worked, or are now. */
  boolean hasWork() {
    return hasWork(lastNanos);
  }

  /**
   * Whether the doorbell told of packets that are not yet done, but those whose launch time is
   * after a time.
   */
  boolean hasWork(long nowNanos) {
    long tail = ring.published();
    return tail != head && !(lying && tail == lie) || launches.due(nowNanos) >= 0;
  }

  /** Whether packets wait for their launch time. */
  boolean holdsPackets() {
    return !launches.isEmpty();
  }

  /** The queue ends: who waits for a launch time goes at the next {@link #doWork}. */
  void launchAll() {
    launches.launchAll();
  }

  /** Whether there is a packet to try, whose completion has room. */
  boolean isReady() {
    long waiting = ring.published() - head;
    return waiting > 0 && waiting <= ring.capacity() && completions.room() > 0
        || launches.due(lastNanos) >= 0;
  }

  /** Whether the wire had no room for the packet that is first in the ring. */
  boolean isBlocked() {
    return blocked;
  }

  /** Whether the packet that is first in the ring waits for {@link #readyNanos}. */
  boolean isPaced() {
    return paced;
  }

  /**
   * When a packet may go that waits for the queue's rate or its launch time; {@link Long#MAX_VALUE}
   * when none does.
   */
  long readyNanos() {
    if (paced) {
      return pacer.readyNanos();
    }
    return blocked ? Long.MAX_VALUE : launches.earliest();
  }

  /** See {@link QueuePair#pace}. */
  void pace(long bitsPerSecond, long burstBytes) {
    pacer.pace(bitsPerSecond, burstBytes);
  }

  /**
   * What was done so far, in bytes: those that were handed to the wire, and a fixed cost for each
   * packet that was refused. What a scheduler divides the device by.
   */
  long workBytes() {
    return workBytes;
  }

  /** The same without a bound on bytes, at no time. */
  int doWork(int packetBudget) {
    return doWork(0, packetBudget, Long.MAX_VALUE >>> 1);
  }

  /** The same at no time: for queues without a rate. */
  int doWork(int packetBudget, long byteBudget) {
    return doWork(0, packetBudget, byteBudget);
  }

  /**
   * Sends until the wire has no room, the queue's rate holds it back, so many packets are done, or
   * so many bytes are on their way. A packet that is refused costs of both budgets, and one that is
   * cut goes on in the next round when the bytes are spent.
   *
   * @param nowNanos the host's clock
   * @return packets that are done, one that goes on in the next round included
   */
  int doWork(long nowNanos, int packetBudget, long byteBudget) {
    publish();
    blocked = false;
    paced = false;
    lastNanos = nowNanos;
    // The host may write into both counters at any time: each is read once in a round.
    long tail = ring.published();
    long room = completions.room();
    if (tail - head > ring.capacity() || tail - head < 0) {
      counters.badDescriptors += lying && tail == lie ? 0 : 1;
      lying = true;
      lie = tail;
      return 0;
    }
    lying = false;
    pacer.advance(nowNanos);
    int packets = 0;
    long limit = workBytes + byteBudget;
    while (packets < packetBudget && workBytes < limit) {
      if (segmentation == null) {
        launched = launches.due(nowNanos);
        if (launched < 0 && (head == tail || room <= 0)) {
          break;
        }
        if (!pacer.permits()) {
          counters.transmitPaced++;
          paced = true;
          break;
        }
        if (launched < 0 && isEarly(head, tail, nowNanos)) {
          room--;
          continue;
        }
      }
      int status =
          launched < 0
              ? sendPacket(head, tail, limit)
              : sendPacket(launches.position(launched), launches.next(launched), limit);
      if (status < 0) {
        blocked = status == WAITING;
        counters.transmitBlocked += blocked ? 1 : 0;
        packets += blocked ? 0 : 1;
        break;
      }
      room -= launched < 0 ? 1 : 0;
      complete(loader.next(), status);
      packets++;
    }
    publish();
    return packets;
  }

  /** Shows the host what is done. */
  void publish() {
    completions.publish(head);
  }

  /** Whether the packet at the head of the ring has to wait for its time; lays it aside if so. */
  private boolean isEarly(long position, long tail, long nowNanos) {
    long entry = ring.entry(position);
    if ((TransmitDescriptor.offloads(entry) & TransmitDescriptor.OFFLOAD_LAUNCH_TIME) == 0) {
      return false;
    }
    long ahead = TransmitDescriptor.launchTime(entry) - (int) nowNanos;
    int segments = TransmitDescriptor.segments(entry);
    boolean whole = TransmitDescriptor.isContext(entry) && segments <= tail - position - 1;
    if (ahead <= 0 || launches.isAtOnce() || !whole) {
      return false;
    }
    if (ahead > TransmitQueue.LAUNCH_HORIZON_NANOS) {
      ahead = TransmitQueue.LAUNCH_HORIZON_NANOS;
      counters.transmitBeyondHorizon++;
    }
    head = position + 1 + segments;
    launches.hold(completions.accept(), position, head, nowNanos + ahead);
    counters.transmitHeld++;
    return true;
  }

  private int sendPacket(long position, long tail, long limit) {
    try {
      if (segmentation != null) {
        return sendSegments(limit);
      }
      int status = loader.load(ring, position, tail);
      return status == TransmitStatus.OK ? send(loader.frame(), limit) : status;
    } catch (InternalError truncated) {
      // The JVM's word for a page of a mapped file that is no longer there.
      segmentation = null;
      return TransmitStatus.MEMORY_FAULT;
    }
  }

  private int send(Frame frame, long limit) {
    if (frame.gsoType() != Frame.GSO_NONE && !wireCuts(frame)) {
      segmentation = frame.gsoType() == Frame.GSO_UDP ? udpSegmentation : tcpSegmentation;
      segmentation.begin(frame, loader.packet(), wireChecksums);
      segmentation.next();
      return sendSegments(limit);
    }
    if (frame.needsChecksum() && !wireChecksums) {
      ChecksumOffload.complete(frame);
      frame.clearOffloads();
      counters.softwareChecksums++;
    }
    int status = result(wire.transmit(frame));
    workBytes += status == TransmitStatus.OK ? loader.totalLength() : 0;
    return status;
  }

  private boolean wireCuts(Frame frame) {
    if (frame.totalLength() > wireFrame) {
      return false;
    }
    switch (frame.gsoType()) {
      case Frame.GSO_TCP4:
        return wireTso4;
      case Frame.GSO_TCP6:
        return wireTso6;
      default:
        return wireUso;
    }
  }

  private int sendSegments(long limit) {
    while (true) {
      Frame segment = segmentation.current();
      int length = segment.totalLength();
      int status = result(wire.transmit(segment));
      if (status == WAITING) {
        return WAITING;
      }
      if (status != TransmitStatus.OK) {
        segmentation = null;
        return status;
      }
      workBytes += length;
      counters.softwareSegments++;
      if (!wireChecksums) {
        counters.softwareChecksums++;
      }
      if (!segmentation.hasNext()) {
        segmentation = null;
        return TransmitStatus.OK;
      }
      segmentation.next();
      if (workBytes >= limit) {
        return UNFINISHED;
      }
    }
  }

  /** What the wire said, as a status; what it dropped is gone as if lost further on. */
  private int result(int wireStatus) {
    if (wireStatus == 0) {
      return TransmitStatus.OK;
    }
    switch (-wireStatus) {
      case Errno.EAGAIN:
        return WAITING;
      case Errno.EFAULT:
        return TransmitStatus.MEMORY_FAULT;
      default:
        counters.wireDrops++;
        return TransmitStatus.OK;
    }
  }

  private void complete(long next, int status) {
    if (status == TransmitStatus.OK) {
      counters.transmittedPackets++;
      counters.transmittedBytes += loader.totalLength();
      counters.transmittedFrames += loader.segmentCount();
      counters.segmentationOffloads += loader.segmentCount() > 1 ? 1 : 0;
      counters.checksumOffloads += loader.checksumRequested() ? 1 : 0;
      pacer.charge(loader.wireLength());
    } else {
      counters.refuse(status);
      workBytes += REFUSAL_COST;
    }
    if (launched < 0) {
      head = next;
      completions.complete(completions.accept(), loader.cookie(), next, status);
    } else {
      long number = launches.number(launched);
      launches.remove(launched);
      // What its descriptors say of their number may have changed meanwhile.
      completions.complete(number, loader.cookie(), launches.next(launched), status);
      launched = -1;
    }
  }
}
