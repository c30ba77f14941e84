package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.RangeOwner;

/**
 * A shard's ranges: the free ones, and those that no connection needs any more but that the device
 * may still read. The latter wait in a queue until their last packet is completed, and only then is
 * their memory given back; so callbacks of owners come from one place, never from within the
 * protocol.
 */
final class SendRangePool {
  private final LinkOutput link;
  private final BlockPool slab;
  private SendRange free;
  private SendRange doneHead;
  private SendRange doneTail;
  private int live;

  SendRangePool(LinkOutput link, BlockPool slab) {
    this.link = link;
    this.slab = slab;
  }

  SendRange take() {
    live++;
    SendRange range = free;
    if (range == null) {
      range = new SendRange();
    } else {
      free = range.next;
      range.next = null;
    }
    range.lastPacket = -1;
    range.block = -1;
    return range;
  }

  /** The connection is done with a range. */
  void retire(SendRange range, long acked) {
    range.acked = acked;
    range.next = null;
    if (doneTail == null) {
      doneHead = range;
    } else {
      doneTail.next = range;
    }
    doneTail = range;
  }

  /** Releases what the device is done with too; returns how many. */
  int releaseCompleted() {
    int count = 0;
    while (doneHead != null && doneHead.lastPacket < link.completed()) {
      SendRange range = doneHead;
      doneHead = range.next;
      if (doneHead == null) {
        doneTail = null;
      }
      release(range);
      count++;
    }
    return count;
  }

  private void release(SendRange range) {
    if (range.block >= 0) {
      slab.give(range.block);
      range.block = -1;
    }
    RangeOwner owner = range.owner;
    long acked = range.acked;
    long length = range.length;
    range.owner = null;
    range.next = free;
    free = range;
    live--;
    if (owner != null) {
      owner.release(acked, acked == length);
    }
  }

  /** Ranges in queues or waiting for the device. */
  int live() {
    return live;
  }

  /** Whether ranges wait for the device. */
  boolean hasRetired() {
    return doneHead != null;
  }
}
