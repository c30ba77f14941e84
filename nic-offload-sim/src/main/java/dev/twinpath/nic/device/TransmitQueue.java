package dev.twinpath.nic.device;

import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitCompletion;
import dev.twinpath.nic.ring.TransmitDescriptor;

/**
 * The host's side of a transmit ring: writes descriptors, rings the doorbell, reads completions.
 *
 * <p>A packet is {@link #begin}, {@link #add} once or more, {@link #end}. It takes one descriptor
 * and one more for each piece; {@link #freeDescriptors()} tells before whether there is room. They
 * are free again when its completion was polled. One thread.
 */
public final class TransmitQueue {
  /** Complete the TCP or UDP checksum, and write the IPv4 header's checksum. */
  public static final int CHECKSUM = TransmitDescriptor.OFFLOAD_CHECKSUM;

  /** Cut TCP over IPv4 into segments, checksums included. */
  public static final int TSO4 = TransmitDescriptor.OFFLOAD_TSO4;

  /** Cut TCP over IPv6 into segments, checksums included. */
  public static final int TSO6 = TransmitDescriptor.OFFLOAD_TSO6;

  /** Cut a UDP packet, over IPv4 or IPv6, into datagrams, checksums included. */
  public static final int USO = TransmitDescriptor.OFFLOAD_USO;

  /**
   * How far ahead of the device's clock a launch time may be; the device holds no packet longer.
   */
  public static final long LAUNCH_HORIZON_NANOS = 10_000_000;

  private final DescriptorRing ring;
  private final DescriptorRing completions;

  /** Wakes a device that sleeps; null when it works on our thread. */
  private DeviceSleeper sleeper;

  /** Where the next descriptor goes. */
  private long tail;

  /** Where the packet that is being built begins. */
  private long packet;

  private boolean building;

  /** What the doorbell told last. */
  private long rung;

  /** Descriptors before it are free. */
  private long reclaimed;

  private long completed;
  private long doorbells;

  TransmitQueue(DescriptorRing ring, DescriptorRing completions) {
    this.ring = ring;
    this.completions = completions;
  }

  /** Descriptors of the ring. */
  public int capacity() {
    return ring.capacity();
  }

  /** Descriptors that may be written now. */
  public int freeDescriptors() {
    return ring.capacity() - (int) (tail - reclaimed);
  }

  /**
   * Begins a packet.
   *
   * @param offloads {@link #CHECKSUM}, and {@link #TSO4}, {@link #TSO6} or {@link #USO}; or 0
   * @param segmentSize payload bytes of each segment, when it is to be cut
   * @param headerLength bytes of all headers, with which the packet begins, in one piece or
   *     several; 0 = unknown, for packets without offloads
   * @param checksumStart where the transport header begins, from the Ethernet header
   * @param checksumOffset where the checksum field is, from the transport header; in it stands the
   *     pseudo-header's sum, folded and not complemented
   * @param template id of the send template that the headers must match; 0 = none
   */
  public void begin(
      int offloads,
      int segmentSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int template) {
    if (building) {
      throw new IllegalStateException("the packet before was not ended");
    }
    packet = tail;
    building = true;
    TransmitDescriptor.writeContext(
        take(), offloads, segmentSize, headerLength, checksumStart, checksumOffset, template);
  }

  /**
   * Asks for a VLAN tag to be inserted behind the MAC addresses (IEEE 802.1Q), in every segment.
   * The header length and the checksum's start are those without it.
   *
   * @param control priority, drop eligibility and VLAN id: 16 bits
   */
  public void insertVlan(int control) {
    if (!building) {
      throw new IllegalStateException("no packet was begun");
    }
    TransmitDescriptor.insertVlan(ring.entry(packet), control);
  }

  /**
   * Has the packet wait in the device until a time, as launch-time NICs and Linux's SO_TXTIME do.
   * Packets behind it do not wait for it, but their completions do. Times of one host need not
   * ascend; packets of one time go in the order of the ring. A packet that is cut goes as a whole.
   *
   * @param nanos by the clock that {@link QueuePair#doWork} is told, or of the NIC's thread; a time
   *     that has passed is now, and one beyond {@link #LAUNCH_HORIZON_NANOS} counts as that
   */
  public void launchTime(long nanos) {
    if (!building) {
      throw new IllegalStateException("no packet was begun");
    }
    TransmitDescriptor.launchTime(ring.entry(packet), nanos);
  }

  /** Adds a piece of registered memory to the packet; a piece may be empty. */
  public void add(int region, long offset, int length) {
    if (!building) {
      throw new IllegalStateException("no packet was begun");
    }
    TransmitDescriptor.writeData(take(), region, offset, length);
  }

  /**
   * Ends the packet. The device sees it at the next {@link #doorbell()}.
   *
   * @param cookie comes back in the completion
   */
  public void end(long cookie) {
    if (!building) {
      throw new IllegalStateException("no packet was begun");
    }
    building = false;
    int segments = (int) (tail - packet) - 1;
    TransmitDescriptor.finishContext(ring.entry(packet), segments, cookie);
  }

  /** Forgets the packet that was begun. */
  public void cancel() {
    building = false;
    tail = packet;
  }

  private long take() {
    if (freeDescriptors() == 0) {
      cancel();
      throw new IllegalStateException("the transmit ring is full: ask freeDescriptors() first");
    }
    return ring.entry(tail++);
  }

  /** Tells the device of all packets that were ended since the last time. */
  public void doorbell() {
    if (tail != rung && !building) {
      rung = tail;
      ring.publish(tail);
      doorbells++;
      if (sleeper != null) {
        sleeper.wake();
      }
    }
  }

  /**
   * Hands out completions, in the order of {@link #end}.
   *
   * @return how many, at most {@code limit}
   */
  public int poll(TransmitCompletionHandler handler, int limit) {
    long published = completions.published();
    int count = (int) Math.min(published - completed, limit);
    for (int i = 0; i < count; i++) {
      long entry = completions.entry(completed);
      long cookie = TransmitCompletion.cookie(entry);
      int status = TransmitCompletion.status(entry);
      reclaimed = TransmitCompletion.nextPosition(entry);
      completed++;
      handler.onTransmitComplete(cookie, status);
    }
    if (count > 0) {
      completions.consume(completed);
    }
    return count;
  }

  /** Packets and pieces that the device has not completed yet, in descriptors. */
  public int descriptorsInFlight() {
    return (int) (rung - reclaimed);
  }

  /** Whether {@link #poll} would hand out something. */
  public boolean hasCompletions() {
    return completions.published() != completed;
  }

  /** Times that {@link #doorbell} told the device of something. */
  public long doorbells() {
    return doorbells;
  }

  void deviceSleeps(DeviceSleeper device) {
    sleeper = device;
  }

  /** Grows with every completion taken. */
  long turns() {
    return completed;
  }
}
