package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitCompletion;
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

  private final DescriptorRing ring;
  private final DescriptorRing completions;
  private final WireQueue wire;
  private final boolean wireChecksums;
  private final boolean wireTso4;
  private final boolean wireTso6;
  private final NicCounters counters;
  private final PacketLoader loader;
  private final TcpSegmentation segmentation;
  private long head;
  private long completed;
  private long published;

  /** Whether the packet at {@link #head} is cut and some of its segments went out already. */
  private boolean segmenting;

  /** Whether the wire had no room the last time. */
  private boolean blocked;

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
    this.ring = ring;
    this.completions = completions;
    this.wire = wire;
    this.wireChecksums = capabilities.checksumOffload();
    this.wireTso4 = capabilities.tso4() && wireChecksums;
    this.wireTso6 = capabilities.tso6() && wireChecksums;
    this.counters = counters;
    this.loader = new PacketLoader(memory, templates, mtu, arena);
    this.segmentation = new TcpSegmentation(arena);
  }

  /** Whether the doorbell told of packets that are not yet done. */
  boolean hasWork() {
    return ring.published() != head;
  }

  /** Whether there is a packet to try, whose completion has room. */
  boolean isReady() {
    long waiting = ring.published() - head;
    return waiting > 0
        && waiting <= ring.capacity()
        && completed - completions.consumed() < completions.capacity();
  }

  /** Whether the wire had no room for the packet that is first in the ring. */
  boolean isBlocked() {
    return blocked;
  }

  /** The same without a bound on bytes. */
  int doWork(int packetBudget) {
    return doWork(packetBudget, Long.MAX_VALUE >>> 1);
  }

  /**
   * Sends until the wire has no room, so many packets are done, or so many bytes are on their way.
   *
   * @return packets that are done
   */
  int doWork(int packetBudget, long byteBudget) {
    publish();
    long tail = ring.published();
    if (tail - head > ring.capacity() || tail - head < 0) {
      counters.badDescriptors++;
      return 0;
    }
    int packets = 0;
    long bytesLimit = counters.transmittedBytes + byteBudget;
    blocked = false;
    while (head != tail && packets < packetBudget && counters.transmittedBytes < bytesLimit) {
      if (completed - completions.consumed() >= completions.capacity()) {
        break;
      }
      int status = sendPacket(head, tail);
      if (status == WAITING) {
        counters.transmitBlocked++;
        blocked = true;
        break;
      }
      complete(loader.next(), status);
      packets++;
    }
    publish();
    return packets;
  }

  /** Shows the host what is done. */
  void publish() {
    if (published != completed) {
      published = completed;
      ring.consume(head);
      completions.publish(completed);
    }
  }

  private int sendPacket(long position, long tail) {
    try {
      if (segmenting) {
        return sendSegments();
      }
      int status = loader.load(ring, position, tail);
      return status == TransmitStatus.OK ? send(loader.frame()) : status;
    } catch (InternalError truncated) {
      // The JVM's word for a page of a mapped file that is no longer there.
      segmenting = false;
      return TransmitStatus.MEMORY_FAULT;
    }
  }

  private int send(Frame frame) {
    if (frame.gsoType() != Frame.GSO_NONE
        && !(frame.gsoType() == Frame.GSO_TCP4 ? wireTso4 : wireTso6)) {
      segmentation.begin(frame, loader.headerLength(), wireChecksums);
      segmentation.next();
      segmenting = true;
      return sendSegments();
    }
    if (frame.needsChecksum() && !wireChecksums) {
      ChecksumOffload.complete(frame);
      frame.clearOffloads();
      counters.softwareChecksums++;
    }
    return result(wire.transmit(frame));
  }

  private int sendSegments() {
    while (true) {
      int status = result(wire.transmit(segmentation.current()));
      if (status == WAITING) {
        return WAITING;
      }
      if (status != TransmitStatus.OK) {
        segmenting = false;
        return status;
      }
      counters.softwareSegments++;
      if (!wireChecksums) {
        counters.softwareChecksums++;
      }
      if (!segmentation.hasNext()) {
        segmenting = false;
        return TransmitStatus.OK;
      }
      segmentation.next();
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
    count(status);
    TransmitCompletion.write(completions.entry(completed), loader.cookie(), next, status);
    completed++;
    counters.transmitCompletions++;
    head = next;
  }

  private void count(int status) {
    switch (status) {
      case TransmitStatus.OK:
        counters.transmittedPackets++;
        counters.transmittedBytes += loader.totalLength();
        counters.transmittedFrames += loader.segmentCount();
        counters.segmentationOffloads += loader.segmentCount() > 1 ? 1 : 0;
        counters.checksumOffloads += loader.checksumRequested() ? 1 : 0;
        break;
      case TransmitStatus.MEMORY_FAULT:
        counters.memoryFaults++;
        break;
      case TransmitStatus.REGION_REFUSED:
        counters.regionsRefused++;
        break;
      case TransmitStatus.TEMPLATE_VIOLATION:
        counters.templateViolations++;
        break;
      case TransmitStatus.TOO_LONG:
        counters.tooLong++;
        break;
      default:
        counters.badDescriptors++;
    }
  }
}
