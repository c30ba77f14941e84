package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.RangeOwner;

/**
 * What a connection has to send, as ranges in the space of 64-bit sequence numbers: from the first
 * unacknowledged byte to the last that the application queued. A retransmission reads the ranges
 * again; no copy of the payload is kept.
 */
final class SendQueue {
  private SendRange head;
  private SendRange tail;

  /** Where the last reader stopped: the range that holds sndNxt, most of the time. */
  private SendRange cursor;

  /** Sequence number after the last byte queued. */
  private long end;

  private int blocks;
  private int owned;

  void start(long firstSequence) {
    end = firstSequence;
  }

  /** Sequence number after the last byte queued. */
  long end() {
    return end;
  }

  /** Slab blocks that hold copied bytes. */
  int blocks() {
    return blocks;
  }

  /** Ranges whose owner is told how far they got. */
  int owned() {
    return owned;
  }

  boolean isEmpty() {
    return head == null;
  }

  /** Copies bytes into slab blocks; returns how many. */
  int append(SendRangePool pool, BlockPool slab, int slabRegion, long address, int length) {
    int done = 0;
    while (done < length) {
      int room = 0;
      if (tail != null && tail.block >= 0) {
        room = slab.blockSize() - (int) tail.length;
      }
      if (room == 0) {
        int block = slab.take();
        if (block < 0) {
          break;
        }
        SendRange range = pool.take();
        range.region = slabRegion;
        range.offset = slab.offset(block);
        range.block = block;
        blocks++;
        link(range, 0);
        room = slab.blockSize();
      }
      int count = Math.min(room, length - done);
      Memory.copy(address + done, slab.address(tail.block) + tail.length, count);
      tail.length += count;
      end += count;
      done += count;
    }
    return done;
  }

  /** Appends a range of somebody else's memory. */
  void append(SendRangePool pool, int region, long offset, long length, RangeOwner owner) {
    SendRange range = pool.take();
    range.region = region;
    range.offset = offset;
    range.owner = owner;
    owned += owner != null ? 1 : 0;
    link(range, length);
    end += length;
  }

  private void link(SendRange range, long length) {
    range.start = end;
    range.length = length;
    if (tail == null) {
      head = range;
    } else {
      tail.next = range;
    }
    tail = range;
  }

  /** The range that holds a sequence number, which must be queued. */
  SendRange find(long sequence) {
    SendRange range = cursor != null && cursor.start <= sequence ? cursor : head;
    while (sequence >= range.end()) {
      range = range.next;
    }
    return range;
  }

  /**
   * How many bytes from a sequence number on fit in one packet of so many pieces, and whether their
   * owners have them ready.
   *
   * @return bytes, at most length; -1 = a page is not resident
   */
  int measure(long sequence, int length, int maxPieces) {
    SendRange range = find(sequence);
    int done = 0;
    for (int pieces = 0; done < length && pieces < maxPieces; pieces++) {
      long skip = sequence + done - range.start;
      int count = (int) Math.min(length - done, range.length - skip);
      if (range.owner != null && !range.owner.ready(range.offset + skip, count)) {
        return done > 0 ? done : -1;
      }
      done += count;
      range = range.next;
    }
    return done;
  }

  /** Adds the pieces of so many bytes to the packet that is being built. */
  void gather(LinkOutput link, long sequence, int length) {
    SendRange range = find(sequence);
    long packet = link.nextPacket();
    int done = 0;
    while (true) {
      long skip = sequence + done - range.start;
      int count = (int) Math.min(length - done, range.length - skip);
      link.add(range.region, range.offset + skip, count);
      range.lastPacket = packet;
      done += count;
      if (done == length) {
        break;
      }
      range = range.next;
    }
    cursor = range;
  }

  /** Gives back everything before a sequence number. */
  void acknowledge(SendRangePool pool, long una) {
    SendRange range = head;
    while (range != null && range.end() <= una) {
      SendRange next = range.next;
      if (range == cursor) {
        cursor = null;
      }
      blocks -= range.block >= 0 ? 1 : 0;
      owned -= range.owner != null ? 1 : 0;
      pool.retire(range, range.length);
      range = next;
    }
    head = range;
    if (range == null) {
      tail = null;
    }
  }

  /** Gives back everything; what was acknowledged up to una counts. */
  void clear(SendRangePool pool, long una) {
    SendRange range = head;
    while (range != null) {
      SendRange next = range.next;
      pool.retire(range, Math.max(0, Math.min(una - range.start, range.length)));
      range = next;
    }
    head = null;
    tail = null;
    cursor = null;
    blocks = 0;
    owned = 0;
  }
}
