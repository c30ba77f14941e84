package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.userstack.ip.LinkOutput;

/**
 * Send templates that no connection needs any more, but that the last packets of one may still be
 * checked against: they are removed when those are completed.
 */
final class RetiredTemplates {
  private final LinkOutput link;
  private final SendTemplateTable table;
  private int[] ids = new int[64];
  private long[] packets = new long[64];
  private int head;
  private int count;

  RetiredTemplates(LinkOutput link, SendTemplateTable table) {
    this.link = link;
    this.table = table;
  }

  /** Removes a template once every packet so far is completed; 0 = no template. */
  void retire(int id) {
    if (id == 0) {
      return;
    }
    if (link.inFlight() == 0) {
      table.remove(id);
      return;
    }
    if (count == ids.length) {
      grow();
    }
    int at = head + count & ids.length - 1;
    ids[at] = id;
    packets[at] = link.nextPacket();
    count++;
  }

  /** Removes what is due. */
  void removeCompleted() {
    while (count > 0 && packets[head] <= link.completed()) {
      table.remove(ids[head]);
      head = head + 1 & ids.length - 1;
      count--;
    }
  }

  private void grow() {
    int length = ids.length;
    int[] newIds = new int[2 * length];
    long[] newPackets = new long[2 * length];
    for (int i = 0; i < count; i++) {
      newIds[i] = ids[head + i & length - 1];
      newPackets[i] = packets[head + i & length - 1];
    }
    ids = newIds;
    packets = newPackets;
    head = 0;
  }
}
