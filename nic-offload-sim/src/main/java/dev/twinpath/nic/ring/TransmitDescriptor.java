package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/**
 * The layout of a transmit ring's entries. A packet is one context entry, then one data entry for
 * each piece of memory; the packet begins with its headers.
 *
 * <pre>
 * context:  0 kind(1) offloads(1) segments(2)   data:  0 kind(4)
 *           4 headerLength(2) segmentSize(2)           4 region key(4)
 *           8 checksumStart(2) checksumOffset(2)       8 offset in the region(8)
 *          12 template(4)                             16 length(4)
 *          16 cookie(8)
 *          24 VLAN control(2) 28 launch time(4)
 * </pre>
 */
public final class TransmitDescriptor {
  /** Complete the TCP or UDP checksum, and write the IPv4 header's. */
  public static final int OFFLOAD_CHECKSUM = 1;

  /** Cut a TCP packet over IPv4 into segments. */
  public static final int OFFLOAD_TSO4 = 2;

  /** Cut a TCP packet over IPv6 into segments. */
  public static final int OFFLOAD_TSO6 = 4;

  /** Cut a UDP packet over IPv4 or IPv6 into datagrams. */
  public static final int OFFLOAD_USO = 8;

  /** Insert a VLAN tag behind the MAC addresses. */
  public static final int OFFLOAD_VLAN = 16;

  /** Send no earlier than the launch time. */
  public static final int OFFLOAD_LAUNCH_TIME = 32;

  static final int KIND_CONTEXT = 0xc7;
  static final int KIND_DATA = 0xda;

  private TransmitDescriptor() {}

  /** Writes a context entry whose number of segments is not yet known. */
  public static void writeContext(
      long entry,
      int offloads,
      int segmentSize,
      int headerLength,
      int checksumStart,
      int checksumOffset,
      int template) {
    Memory.putByte(entry, KIND_CONTEXT);
    Memory.putByte(entry + 1, offloads);
    Memory.putShort(entry + 4, headerLength);
    Memory.putShort(entry + 6, segmentSize);
    Memory.putShort(entry + 8, checksumStart);
    Memory.putShort(entry + 10, checksumOffset);
    Memory.putInt(entry + 12, template);
  }

  /** Adds to a context entry that a VLAN tag is to be inserted. */
  public static void insertVlan(long entry, int control) {
    Memory.putByte(entry + 1, Memory.getByte(entry + 1) | OFFLOAD_VLAN);
    Memory.putShort(entry + 24, control);
  }

  /** Adds to a context entry when the packet may go: the low 32 bits of the device's clock. */
  public static void launchTime(long entry, long nanos) {
    Memory.putByte(entry + 1, Memory.getByte(entry + 1) | OFFLOAD_LAUNCH_TIME);
    Memory.putInt(entry + 28, (int) nanos);
  }

  /** Completes a context entry. */
  public static void finishContext(long entry, int segments, long cookie) {
    Memory.putShort(entry + 2, segments);
    Memory.putLong(entry + 16, cookie);
  }

  /** Writes a data entry. */
  public static void writeData(long entry, int region, long offset, int length) {
    Memory.putInt(entry, KIND_DATA);
    Memory.putInt(entry + 4, region);
    Memory.putLong(entry + 8, offset);
    Memory.putInt(entry + 16, length);
  }

  public static boolean isContext(long entry) {
    return Memory.getByte(entry) == KIND_CONTEXT;
  }

  public static boolean isData(long entry) {
    return Memory.getInt(entry) == KIND_DATA;
  }

  public static int offloads(long entry) {
    return Memory.getByte(entry + 1);
  }

  public static int segments(long entry) {
    return Memory.getShort(entry + 2);
  }

  public static int headerLength(long entry) {
    return Memory.getShort(entry + 4);
  }

  public static int segmentSize(long entry) {
    return Memory.getShort(entry + 6);
  }

  public static int checksumStart(long entry) {
    return Memory.getShort(entry + 8);
  }

  public static int checksumOffset(long entry) {
    return Memory.getShort(entry + 10);
  }

  public static int template(long entry) {
    return Memory.getInt(entry + 12);
  }

  public static long cookie(long entry) {
    return Memory.getLong(entry + 16);
  }

  public static int vlan(long entry) {
    return Memory.getShort(entry + 24);
  }

  /** The low 32 bits of the time that {@link #launchTime(long, long)} wrote. */
  public static int launchTime(long entry) {
    return Memory.getInt(entry + 28);
  }

  public static int region(long entry) {
    return Memory.getInt(entry + 4);
  }

  public static long offset(long entry) {
    return Memory.getLong(entry + 8);
  }

  public static int length(long entry) {
    return Memory.getInt(entry + 16);
  }
}
