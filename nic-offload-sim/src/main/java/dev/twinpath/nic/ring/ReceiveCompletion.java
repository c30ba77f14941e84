package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/**
 * The layout of a receive completion.
 *
 * <pre>
 *  0 buffer id(4)   4 length(4)   8 flags(4)   12 flow tag(4)
 * 16 RSS hash(4)   20 VLAN control information(2)   22 header length(2)
 * 24 segments(2)   26 segment size(2)
 * </pre>
 *
 * <p>The header length is that of a split frame, whose headers are in the header buffer; 0
 * otherwise. Segments and their size are those of frames that were joined; 1 and 0 otherwise.
 */
public final class ReceiveCompletion {
  private ReceiveCompletion() {}

  /** Writes a whole entry. */
  public static void write(
      long entry,
      int bufferId,
      int length,
      int flags,
      int flowTag,
      int rssHash,
      int vlan,
      int headerLength,
      int segments,
      int segmentSize) {
    Memory.putInt(entry, bufferId);
    Memory.putInt(entry + 4, length);
    Memory.putInt(entry + 8, flags);
    Memory.putInt(entry + 12, flowTag);
    Memory.putInt(entry + 16, rssHash);
    Memory.putShort(entry + 20, vlan);
    Memory.putShort(entry + 22, headerLength);
    Memory.putShort(entry + 24, segments);
    Memory.putShort(entry + 26, segmentSize);
  }

  public static int bufferId(long entry) {
    return Memory.getInt(entry);
  }

  public static int length(long entry) {
    return Memory.getInt(entry + 4);
  }

  public static int flags(long entry) {
    return Memory.getInt(entry + 8);
  }

  public static int flowTag(long entry) {
    return Memory.getInt(entry + 12);
  }

  public static int rssHash(long entry) {
    return Memory.getInt(entry + 16);
  }

  public static int vlan(long entry) {
    return Memory.getShort(entry + 20);
  }

  public static int headerLength(long entry) {
    return Memory.getShort(entry + 22);
  }

  public static int segments(long entry) {
    return Memory.getShort(entry + 24);
  }

  public static int segmentSize(long entry) {
    return Memory.getShort(entry + 26);
  }
}
