package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.FlushCause;
import dev.twinpath.nic.offload.ReceiveCoalescing;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.VlanTag;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * How a queue's received frames come into the host's buffers: without their tag, joined, or headers
 * and payload apart, as the host wants it.
 *
 * <p>As a rule the wire writes a frame straight into the first posted buffer. One whose headers go
 * elsewhere, or for which there is no buffer, goes into the device's memory first.
 */
final class ReceiveDelivery {
  /** The longest frame: an IP packet, an Ethernet header, two tags. */
  private static final int MAX_FRAME = 65535 + EthernetHeader.LENGTH + 2 * VlanTag.LENGTH;

  private final PostedBuffers buffers;
  private final ReceiveCompletions completions;
  private final NicCounters counters;
  private final boolean stripsTags;
  private final boolean dropsWithoutBuffer;
  private final long deviceMemory;

  /** Null when segments are not joined. */
  private final ReceiveCoalescing coalescing;

  /** Whether there is a buffer for the frame. */
  private boolean loaded;

  private long target;
  private int capacity;

  ReceiveDelivery(
      ReceiveOptions options,
      boolean wireCoalesces,
      PostedBuffers buffers,
      ReceiveCompletions completions,
      RegisteredMemory memory,
      NicCounters counters,
      Arena arena) {
    this.buffers = buffers;
    this.completions = completions;
    this.counters = counters;
    this.stripsTags = options.vlanStripping();
    this.dropsWithoutBuffer = options.dropWithoutBuffer();
    this.deviceMemory = arena.allocate(MAX_FRAME, 64).address();
    this.coalescing =
        options.coalescing().isOn(wireCoalesces)
            ? new ReceiveCoalescing(
                arena,
                options.coalescedFlows(),
                options.coalescedSegments(),
                options.coalescingNanos(),
                memory,
                completions,
                counters.coalescing())
            : null;
  }

  /** How many frames may be received before the first of them is delivered. */
  int ahead() {
    // What is joined changes which buffers are needed.
    return coalescing == null ? PostedBuffers.SLOTS : 1;
  }

  /**
   * Decides where the next frame goes.
   *
   * @param slot how many frames before it were received and not delivered, less than {@link #ahead}
   * @return false when none can be taken: the host has to post buffers or to take completions
   *     first, or those before it have to be delivered
   */
  boolean prepare(int slot) {
    int kept = slot + (coalescing == null ? 0 : coalescing.open());
    while (completions.room() > kept) {
      if (slot == 0) {
        buffers.compact();
      }
      if (buffers.isEmpty(slot)) {
        return slot == 0 && withoutBuffer();
      }
      if (buffers.load(slot)) {
        return slot == 0 ? aim() : !buffers.hasHeader() && aim();
      }
      counters.regionsRefused++;
      buffers.take();
      completions.refuse(buffers.bufferId());
    }
    return false;
  }

  private boolean withoutBuffer() {
    loaded = false;
    target = deviceMemory;
    capacity = MAX_FRAME;
    if (!dropsWithoutBuffer) {
      counters.noReceiveBuffer++;
    }
    return dropsWithoutBuffer;
  }

  private boolean aim() {
    loaded = true;
    target = buffers.hasHeader() ? deviceMemory : buffers.address();
    capacity = buffers.hasHeader() ? MAX_FRAME : buffers.capacity();
    return true;
  }

  /** Whether the next frame goes through the device's memory, which holds one. */
  boolean isTargetShared() {
    return target == deviceMemory;
  }

  /** Back to a frame that was received into a slot, to deliver it. */
  void select(int slot) {
    buffers.select(slot);
  }

  /** Whether {@link #prepare} would say yes, unless the buffers cannot be used. */
  boolean isReady() {
    int kept = coalescing == null ? 0 : coalescing.open();
    return completions.room() > kept && (dropsWithoutBuffer || !buffers.isEmpty(0));
  }

  /** Where the wire may write the next frame, after {@link #prepare}. */
  long target() {
    return target;
  }

  /** How many bytes it may write there. */
  int capacity() {
    return capacity;
  }

  /**
   * Delivers a frame, after {@link #prepare} or {@link #select}: one that lies where it was to be
   * written, or anywhere in the device's memory. It may be parsed anew.
   *
   * @param context what the wire said of it
   * @param receiveFlags what was found out about its checksums
   */
  void deliver(
      ParsedPacket packet, Frame context, int receiveFlags, int tag, int hash, long nowNanos) {
    counters.receivedBytes += packet.length();
    int flags = receiveFlags;
    int vlan = 0;
    if (stripsTags && isTagged(packet)) {
      vlan = packet.vlan();
      flags |= ReceiveFlags.VLAN_STRIPPED;
      counters.vlanStripped++;
      strip(packet);
    }
    int verdict = ReceiveCoalescing.PASS;
    if (coalescing != null) {
      boolean uncut = context.gsoType() != Frame.GSO_NONE;
      boolean partial = context.needsChecksum();
      verdict = coalescing.offer(packet, flags, tag, hash, vlan, partial, uncut, nowNanos);
      if (verdict == ReceiveCoalescing.JOINED) {
        return;
      }
    }
    if (!loaded) {
      counters.noBufferDrops++;
      return;
    }
    boolean split =
        buffers.hasHeader()
            && packet.hasPorts()
            && packet.payloadOffset() <= ReceiveDescriptor.HEADER_CAPACITY;
    if (!place(packet, split)) {
      counters.receiveTooLong++;
      return;
    }
    counters.receivedPackets++;
    buffers.take();
    if (verdict == ReceiveCoalescing.FIRST) {
      coalescing.place(
          buffers.bufferId(),
          buffers.region(),
          buffers.offset(),
          buffers.capacity(),
          split ? buffers.headerRegion() : ReceiveDescriptor.NO_HEADER,
          buffers.headerOffset());
      return;
    }
    complete(packet, context, flags, tag, hash, vlan, split);
  }

  /** Only a customer's tag is taken off: the completion tells no tag's type. */
  private static boolean isTagged(ParsedPacket packet) {
    return packet.tags() > 0 && EthernetHeader.type(packet.frame()) == VlanTag.TYPE_CUSTOMER;
  }

  /** Moves the MAC addresses over the outer tag: the frame begins later. */
  private static void strip(ParsedPacket packet) {
    long frame = packet.frame();
    Memory.copy(frame, frame + VlanTag.LENGTH, EthernetHeader.LENGTH - 2);
    packet.parse(frame + VlanTag.LENGTH, packet.length() - VlanTag.LENGTH);
  }

  /** Puts the frame where it belongs; false when it does not fit. */
  private boolean place(ParsedPacket packet, boolean split) {
    if (split) {
      int headers = packet.payloadOffset();
      if (packet.payloadLength() > buffers.capacity()) {
        return false;
      }
      Memory.copy(packet.frame(), buffers.headerAddress(), headers);
      Memory.copy(packet.frame() + headers, buffers.address(), packet.payloadLength());
      counters.headersSplit++;
    } else if (packet.frame() != buffers.address()) {
      if (packet.length() > buffers.capacity()) {
        return false;
      }
      Memory.copy(packet.frame(), buffers.address(), packet.length());
    }
    return true;
  }

  private void complete(
      ParsedPacket packet, Frame context, int flags, int tag, int hash, int vlan, boolean split) {
    int headers = split ? packet.payloadOffset() : 0;
    int length = split ? packet.networkEnd() : packet.length();
    boolean uncut = context.gsoType() != Frame.GSO_NONE && context.gsoSize() > 0;
    int segments = 1;
    int size = 0;
    if (uncut && packet.hasPorts()) {
      size = context.gsoSize();
      segments = Math.max(1, (packet.payloadLength() + size - 1) / size);
    }
    completions.write(buffers.bufferId(), length, flags, tag, hash, vlan, headers, segments, size);
  }

  /** The device has nothing more to do for now. */
  void endOfBatch(long nowNanos) {
    if (coalescing == null) {
      return;
    }
    buffers.compact();
    if (buffers.isEmpty(0)) {
      // The host may have no other buffers than those that are kept back.
      coalescing.flushAll(FlushCause.PRESSURE);
    }
    coalescing.endOfBatch(nowNanos);
  }

  /** Everything that is kept back goes to the host. */
  void flush() {
    if (coalescing != null) {
      coalescing.flushAll(FlushCause.CLOSE);
    }
  }

  /** A fault in memory was caught. */
  void onFault() {
    if (coalescing != null) {
      coalescing.onFault();
    }
  }

  /** When {@link #endOfBatch} is due though nothing arrives; {@link Long#MAX_VALUE} for never. */
  long nextDeadlineNanos() {
    return coalescing == null ? Long.MAX_VALUE : coalescing.nextDeadlineNanos();
  }
}
