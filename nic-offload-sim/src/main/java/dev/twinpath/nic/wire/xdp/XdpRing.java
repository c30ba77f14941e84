package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;

/**
 * One of a socket's four rings, shared with the kernel (Documentation/networking/af_xdp.rst): a
 * single producer and a single consumer, whose indices run freely and wrap with their 32 bits.
 *
 * <p>The producer writes entries, then publishes its index with release; the consumer loads that
 * with acquire, reads the entries, and publishes its own.
 */
final class XdpRing {
  /** Bytes of {@code struct xdp_desc}: a frame's or a piece's address, length and options. */
  static final int DESCRIPTOR_LENGTH = 16;

  /** Bytes of an entry of the fill and completion rings: an address in UMEM. */
  static final int ADDRESS_LENGTH = 8;

  /** {@code XDP_PKT_CONTD}: the frame goes on in the next descriptor. */
  static final int CONTINUED = 1;

  /** {@code XDP_RING_NEED_WAKEUP}: the kernel does not look by itself. */
  private static final int NEED_WAKEUP = 1;

  /** {@code struct xdp_ring_offset} of each ring in {@code struct xdp_mmap_offsets}. */
  static final int OFFSETS_LENGTH = 32;

  private final long mapping;
  private final long mappingLength;
  private final long producer;
  private final long consumer;
  private final long flags;
  private final long entries;
  private final int entryLength;
  private final int mask;

  private XdpRing(long mapping, long mappingLength, long offsets, int size, int entryLength) {
    this.mapping = mapping;
    this.mappingLength = mappingLength;
    this.producer = mapping + Memory.getLong(offsets);
    this.consumer = mapping + Memory.getLong(offsets + 8);
    this.entries = mapping + Memory.getLong(offsets + 16);
    this.flags = mapping + Memory.getLong(offsets + 24);
    this.entryLength = entryLength;
    this.mask = size - 1;
  }

  /**
   * Maps a ring into memory.
   *
   * @param offsets address of its {@code struct xdp_ring_offset}
   * @param pageOffset which ring of the socket
   * @param size entries, a power of two
   */
  static XdpRing map(int socket, long pageOffset, long offsets, int size, int entryLength)
      throws IOException {
    long length = Memory.getLong(offsets + 16) + (long) size * entryLength;
    long address =
        Linux.mmap(
            length, Linux.PROT_READ | Linux.PROT_WRITE, Linux.MAP_SHARED, socket, pageOffset);
    if (address < 0) {
      throw new IOException("cannot map a ring of an AF_XDP socket: " + Errno.describe(-address));
    }
    return new XdpRing(address, length, offsets, size, entryLength);
  }

  int size() {
    return mask + 1;
  }

  /** Where the entry of that index is. */
  long entry(int index) {
    return entries + (long) (index & mask) * entryLength;
  }

  /** The other side's index, when the kernel produces. */
  int producer() {
    return Memory.getIntAcquire(producer);
  }

  /** The other side's index, when the kernel consumes. */
  int consumer() {
    return Memory.getIntAcquire(consumer);
  }

  /**
   * Publishes entries to the kernel. A full barrier: the load of {@link #needsWakeup} that follows
   * must not come before it, or a driver that goes to sleep just then is never woken.
   */
  void publishProducer(int index) {
    Memory.putIntVolatile(producer, index);
  }

  /** Gives consumed entries back to the kernel. */
  void publishConsumer(int index) {
    Memory.putIntRelease(consumer, index);
  }

  /** Whether the kernel wants a system call to look at the ring. */
  boolean needsWakeup() {
    return (Memory.getIntVolatile(flags) & NEED_WAKEUP) != 0;
  }

  void unmap() {
    Linux.munmap(mapping, mappingLength);
  }
}
