package dev.twinpath.nic.device;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.ring.ReceiveDescriptor;

/**
 * A receive descriptor as the device has read it. Where it lies is asked again each time that it is
 * to be used: the host may have taken the memory away.
 */
final class PostedBuffer {
  int region;
  long offset;
  int capacity;
  int bufferId;
  int headerRegion;
  long headerOffset;
  long address;
  long headerAddress;

  /** Whether it waits to be used. */
  boolean isPosted;

  void read(long entry) {
    region = ReceiveDescriptor.region(entry);
    offset = ReceiveDescriptor.offset(entry);
    capacity = ReceiveDescriptor.capacity(entry);
    bufferId = ReceiveDescriptor.bufferId(entry);
    headerRegion = ReceiveDescriptor.headerRegion(entry);
    headerOffset = ReceiveDescriptor.headerOffset(entry);
    isPosted = true;
  }

  /** Finds out where it lies; false when the device may not write there. */
  boolean translate(RegisteredMemory memory) {
    address = memory.translate(region, offset, capacity, RegisteredMemory.WRITE);
    headerAddress =
        hasHeader()
            ? memory.translate(
                headerRegion,
                headerOffset,
                ReceiveDescriptor.HEADER_CAPACITY,
                RegisteredMemory.WRITE)
            : 0;
    return address >= 0 && capacity >= EthernetHeader.LENGTH && headerAddress >= 0;
  }

  /** Whether it has one for the headers beside it. */
  boolean hasHeader() {
    return headerRegion != ReceiveDescriptor.NO_HEADER;
  }
}
