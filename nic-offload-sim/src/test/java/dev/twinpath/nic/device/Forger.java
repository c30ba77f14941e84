package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.packet.VlanTag;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A hostile domain's host: has one connection and one address of its own, and tries everything but
 * to keep to them. Every packet that it queues must be refused, for a cause that it knows.
 */
public final class Forger {
  private static final int SLAB = 1 << 18;
  private static final int SLOT = 256;
  private static final int PAYLOAD_AT = 1 << 16;
  private static final int WINDOW_LOW = 1000;
  private static final int WINDOW_LENGTH = 100_000;
  private static final byte[] NO_OPTIONS = {};

  /** A packet to queue. */
  private record Forgery(
      int offloads,
      int headers,
      int start,
      int checksumOffset,
      int template,
      int region,
      int payload,
      int cause) {}

  private final QueuePair queue;
  private final long slab;
  private final int region;
  private final List<Forgery> forgeries = new ArrayList<>();
  private final long[] expected = new long[64];
  private final long[] seen = new long[64];
  private int next;
  private long queued;
  private long completed;

  /**
   * @param queue of a domain that templates are required of
   * @param foreignRegion the key of another domain's memory
   * @param foreignTemplate another domain's template
   */
  public Forger(QueuePair queue, Arena arena, int foreignRegion, int foreignTemplate) {
    this.queue = queue;
    slab = arena.allocate(SLAB, 4096).address();
    region = queue.domain().memory().register(slab, SLAB, RegisteredMemory.READ);
    var table = queue.sendTemplates();
    SendTemplate mine =
        SendTemplate.ipv4(
                Packets.OUR_MAC,
                Packets.PEER_MAC,
                Ipv4Header.PROTOCOL_TCP,
                Packets.OUR_ADDRESS,
                Packets.PEER_ADDRESS,
                Packets.OUR_PORT,
                Packets.PEER_PORT)
            .withFlags(TcpHeader.ACK | TcpHeader.PSH | TcpHeader.FIN)
            .withWindow(WINDOW_LOW, WINDOW_LENGTH);
    int own = table.add(mine);
    final int brief = table.add(mine.withMaxPayload(1000));
    final int arp = table.add(SendTemplate.arp(Packets.OUR_MAC, Packets.OUR_ADDRESS));
    final int gone = table.add(mine);
    table.remove(gone);

    forge(own, TransmitStatus.WRONG_ADDRESS, 500, at -> Memory.putIntBE(at + 26, 0x0a090003));
    forge(own, TransmitStatus.WRONG_ADDRESS, 500, at -> Memory.putIntBE(at + 30, 0x0a090004));
    forge(own, TransmitStatus.WRONG_MAC, 500, at -> EthernetHeader.putMac(at + 6, 0x020000000077L));
    forge(own, TransmitStatus.WRONG_MAC, 500, at -> EthernetHeader.putMac(at, 0x020000000078L));
    forge(own, TransmitStatus.WRONG_PORT, 500, at -> Memory.putShortBE(at + 34, 22));
    forge(own, TransmitStatus.WRONG_PORT, 500, at -> Memory.putShortBE(at + 36, 22));
    forge(own, TransmitStatus.OUTSIDE_WINDOW, 500, at -> sequence(at, WINDOW_LOW - 1));
    forge(own, TransmitStatus.OUTSIDE_WINDOW, 500, at -> sequence(at, 101_000 - 499));
    forge(own, TransmitStatus.OUTSIDE_WINDOW, 500, at -> sequence(at, 0x80000000));
    forge(own, TransmitStatus.OUTSIDE_WINDOW, 60_000, at -> sequence(at, 50_000));
    forge(own, TransmitStatus.FORBIDDEN_FLAGS, 0, at -> flags(at, TcpHeader.RST));
    forge(own, TransmitStatus.FORBIDDEN_FLAGS, 0, at -> flags(at, TcpHeader.SYN));
    forge(own, TransmitStatus.FORBIDDEN_FLAGS, 0, at -> Memory.putByte(at + 46, 0x51));
    forge(own, TransmitStatus.TOO_LONG, PacketLoader.MAX_TSO_BYTES + 1, at -> {});
    forge(brief, TransmitStatus.PAYLOAD_TOO_LONG, 1001, at -> {});
    forge(0, TransmitStatus.TEMPLATE_MISSING, 500, at -> {});
    forge(gone, TransmitStatus.STALE_TEMPLATE, 500, at -> {});
    forge(foreignTemplate, TransmitStatus.FOREIGN_TEMPLATE, 500, at -> {});
    forge(own, TransmitStatus.WRONG_PROTOCOL, 500, at -> Memory.putByte(at + 23, 17));
    forge(own, TransmitStatus.WRONG_PROTOCOL, 0, at -> Memory.putShortBE(at + 12, 0x0806));
    forge(own, TransmitStatus.FORBIDDEN_HEADERS, 0, at -> Memory.putShortBE(at + 20, 0x2000));
    forge(own, TransmitStatus.FORBIDDEN_HEADERS, 0, at -> Memory.putByte(at + 14, 0x46));
    forge(own, TransmitStatus.FORBIDDEN_HEADERS, 0, at -> Memory.putShortBE(at + 16, 9000));
    forge(
        own, TransmitStatus.WRONG_VLAN, 0, at -> Memory.putShortBE(at + 12, VlanTag.TYPE_SERVICE));
    // The device is asked to write a checksum over the port that was checked before.
    add(own, region, 0, 0, TransmitQueue.CHECKSUM, 2, TransmitStatus.BAD_DESCRIPTOR, at -> {});
    add(own, region, 200, 0, TransmitQueue.CHECKSUM, 16, TransmitStatus.BAD_DESCRIPTOR, at -> {});
    // Another's memory, and one's own beyond its end.
    add(own, foreignRegion, 54, 0, 0, 0, TransmitStatus.REGION_REFUSED, at -> {});
    add(own, foreignRegion, 54, 500, 0, 0, TransmitStatus.REGION_REFUSED, at -> {});
    add(own, region, 54, SLAB, 0, 0, TransmitStatus.REGION_REFUSED, at -> {});
    // An address that is somebody else's.
    forgeries.add(arp(arp));
  }

  private interface Change {
    void at(long headers);
  }

  private static void sequence(long at, int sequence) {
    TcpHeader.sequence(at + Packets.TRANSPORT4, sequence);
  }

  private static void flags(long at, int more) {
    long tcp = at + Packets.TRANSPORT4;
    TcpHeader.flags(tcp, TcpHeader.flags(tcp) | more);
  }

  /** A packet that is right but for a change of its headers. */
  private void forge(int template, int cause, int payload, Change change) {
    int offloads = TransmitQueue.CHECKSUM | (payload > 1448 ? TransmitQueue.TSO4 : 0);
    add(template, region, 54, payload, offloads, 16, cause, change);
  }

  private void add(
      int template,
      int payloadRegion,
      int headerLength,
      int payload,
      int offloads,
      int checksumOffset,
      int cause,
      Change change) {
    long at = slab + (long) forgeries.size() * SLOT;
    int headers =
        Packets.tcp4(at, WINDOW_LOW, TcpHeader.ACK, NO_OPTIONS, payload, Packets.PEER_MAC);
    change.at(at);
    forgeries.add(
        new Forgery(
            offloads,
            headerLength == 0 ? headers : headerLength,
            Packets.TRANSPORT4,
            checksumOffset,
            template,
            payloadRegion,
            payload,
            cause));
  }

  private Forgery arp(int template) {
    long at = slab + (long) forgeries.size() * SLOT;
    int length = Packets.arp(at, ArpHeader.REPLY, Packets.PEER_MAC, Packets.PEER_ADDRESS);
    Memory.putIntBE(at + EthernetHeader.LENGTH + 14, 0x0a090005);
    return new Forgery(
        0, length, 0, UdpHeader.CHECKSUM_OFFSET, template, region, 0, TransmitStatus.WRONG_ADDRESS);
  }

  /** Kinds of forgeries. */
  public int kinds() {
    return forgeries.size();
  }

  /** Fills the ring, and takes what was completed. */
  public void fill(long limit) {
    TransmitQueue tx = queue.transmit();
    completed += tx.poll((cookie, status) -> seen[status]++, tx.capacity());
    while (tx.freeDescriptors() >= 3 && queued < limit) {
      Forgery f = forgeries.get(next);
      tx.begin(f.offloads, 1448, f.headers, f.start, f.checksumOffset, f.template);
      boolean foreign = f.region != region;
      tx.add(foreign && f.payload == 0 ? f.region : region, (long) next * SLOT, f.headers);
      if (f.payload > 0) {
        tx.add(f.region, PAYLOAD_AT, f.payload);
      }
      tx.end(queued);
      expected[f.cause]++;
      queued++;
      next = next + 1 == forgeries.size() ? 0 : next + 1;
    }
    tx.doorbell();
  }

  /** Packets that the device has answered. */
  public long completed() {
    return completed;
  }

  /** How many of each status there must be. */
  public long[] expected() {
    return expected.clone();
  }

  /** How many of each status came back. */
  public long[] seen() {
    return seen.clone();
  }
}
