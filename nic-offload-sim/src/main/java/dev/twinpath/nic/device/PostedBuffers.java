package dev.twinpath.nic.device;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveDescriptor;

/**
 * The device's side of a receive ring: the buffers that the host posted, one after the other. What
 * the host wrote is read once, and checked against the registered memory before anything is
 * written.
 */
final class PostedBuffers {
  private final DescriptorRing ring;
  private final RegisteredMemory memory;
  private long head;
  private long reported;
  private long tail;
  private long address;
  private int region;
  private long offset;
  private int capacity;
  private int bufferId;
  private int headerRegion;
  private long headerOffset;
  private long headerAddress;

  PostedBuffers(DescriptorRing ring, RegisteredMemory memory) {
    this.ring = ring;
    this.memory = memory;
  }

  /** Looks how far the host has posted; false when it tells nonsense. */
  boolean refresh() {
    tail = ring.published();
    long posted = tail - head;
    if (posted < 0 || posted > ring.capacity()) {
      tail = head;
      return false;
    }
    return true;
  }

  /** Whether there is a buffer, as of the last {@link #refresh}. */
  boolean isEmpty() {
    return head == tail;
  }

  /**
   * Reads the first buffer; there is one.
   *
   * @return false when the device may not write there
   */
  boolean load() {
    long entry = ring.entry(head);
    region = ReceiveDescriptor.region(entry);
    offset = ReceiveDescriptor.offset(entry);
    capacity = ReceiveDescriptor.capacity(entry);
    bufferId = ReceiveDescriptor.bufferId(entry);
    headerRegion = ReceiveDescriptor.headerRegion(entry);
    headerOffset = ReceiveDescriptor.headerOffset(entry);
    address = memory.translate(region, offset, capacity, RegisteredMemory.WRITE);
    if (!hasHeader()) {
      return address >= 0 && capacity >= EthernetHeader.LENGTH;
    }
    headerAddress =
        memory.translate(
            headerRegion, headerOffset, ReceiveDescriptor.HEADER_CAPACITY, RegisteredMemory.WRITE);
    return address >= 0 && capacity >= EthernetHeader.LENGTH && headerAddress >= 0;
  }

  /** Whether the loaded buffer has one for the headers beside it. */
  boolean hasHeader() {
    return headerRegion != ReceiveDescriptor.NO_HEADER;
  }

  int region() {
    return region;
  }

  long offset() {
    return offset;
  }

  int headerRegion() {
    return headerRegion;
  }

  long headerOffset() {
    return headerOffset;
  }

  /** Where the loaded buffer's header buffer lies, when it has one. */
  long headerAddress() {
    return headerAddress;
  }

  /** Where the loaded buffer lies. */
  long address() {
    return address;
  }

  int capacity() {
    return capacity;
  }

  int bufferId() {
    return bufferId;
  }

  /** The loaded buffer is used: the next one is first. */
  void take() {
    head++;
  }

  /** Tells the host which descriptors it may overwrite. */
  void report() {
    if (reported != head) {
      reported = head;
      ring.consume(head);
    }
  }
}
