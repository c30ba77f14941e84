package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import java.util.Arrays;

/**
 * The send templates of one queue pair. An id has a generation in its high bits, so that the id of
 * a removed template is refused when its place was given to another. One thread, the owner.
 */
public final class SendTemplateTable {
  private static final int INDEX_BITS = 20;
  private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
  private static final int GENERATIONS = 1 << (31 - INDEX_BITS);
  private static final int WORDS = 4;
  private static final int MIN_IPV4_FRAME = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + 4;

  /** Four words a template: MACs (two), addresses, protocol and ports. */
  private long[] words = new long[WORDS * 64];

  private int[] ids = new int[64];
  private int[] free = new int[64];
  private int freeCount;
  private int used = 1;

  /** Adds a template; returns its id, which is positive. */
  public int add(SendTemplate template) {
    int index = freeCount > 0 ? free[--freeCount] : used++;
    if (index > INDEX_MASK) {
      used--;
      throw new IllegalStateException("more than " + INDEX_MASK + " send templates");
    }
    if (index >= ids.length) {
      ids = Arrays.copyOf(ids, 2 * ids.length);
      words = Arrays.copyOf(words, WORDS * ids.length);
    }
    int at = WORDS * index;
    words[at] = template.destinationMac();
    words[at + 1] = template.sourceMac();
    words[at + 2] = pair(template.sourceAddress(), template.destinationAddress());
    words[at + 3] =
        pair(
            template.protocol(), template.sourcePort() << 16 | template.destinationPort() & 0xffff);
    int generation = (-ids[index] >>> INDEX_BITS) + 1 & GENERATIONS - 1;
    ids[index] = generation << INDEX_BITS | index;
    return ids[index];
  }

  /** Removes a template; a stale or unknown id does nothing. */
  public void remove(int id) {
    int index = id & INDEX_MASK;
    if (id <= 0 || index >= used || ids[index] != id) {
      return;
    }
    // A negative id matches nothing and keeps the generation for the next owner of the place.
    ids[index] = -id;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * free.length);
    }
    free[freeCount++] = index;
  }

  /**
   * Whether a frame's headers are those of a template.
   *
   * @param frame the headers, in memory that the host cannot change meanwhile
   * @param length how many bytes of it may be looked at
   */
  public boolean permits(int id, long frame, int length) {
    int index = id & INDEX_MASK;
    if (id <= 0 || index >= used || ids[index] != id || length < MIN_IPV4_FRAME) {
      return false;
    }
    long packet = frame + EthernetHeader.LENGTH;
    int header = Ipv4Header.headerLength(packet);
    if (EthernetHeader.type(frame) != EthernetHeader.TYPE_IPV4
        || Ipv4Header.version(packet) != 4
        || header < Ipv4Header.MIN_LENGTH
        || EthernetHeader.LENGTH + header + 4 > length) {
      return false;
    }
    int at = WORDS * index;
    int ports = Memory.getIntBE(packet + header);
    return words[at] == EthernetHeader.destination(frame)
        && words[at + 1] == EthernetHeader.source(frame)
        && words[at + 2] == pair(Ipv4Header.source(packet), Ipv4Header.destination(packet))
        && words[at + 3] == pair(Ipv4Header.protocol(packet), ports);
  }

  private static long pair(int high, int low) {
    return (long) high << 32 | (low & 0xffffffffL);
  }
}
