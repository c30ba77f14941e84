package dev.twinpath.nic.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a template can pin beside an IPv4 connection's addresses. */
class SendTemplateKindsTest {
  private static final long PREFIX = 0xfd09L << 48;
  private static final long OTHER_MAC = 0x02_00_00_00_00_77L;
  private static final int DISCOVERY_LENGTH = 32;

  private final Arena arena = Arena.ofConfined();
  private final long frame = arena.allocate(256, 8).address();
  private final SendTemplateTable table = new SendTemplateTable();
  private final ParsedPacket packet = new ParsedPacket();
  private int length;

  @AfterEach
  void free() {
    arena.close();
  }

  private int check(int id) {
    packet.parse(frame, Math.min(length, 128), length);
    return table.check(id, packet);
  }

  private void tcp4(int sequence, int flags, int payload) {
    length = payload + Packets.tcp4(frame, sequence, flags, new byte[0], payload, Packets.PEER_MAC);
  }

  private static SendTemplate template4(int protocol) {
    return SendTemplate.ipv4(
        Packets.OUR_MAC,
        Packets.PEER_MAC,
        protocol,
        Packets.OUR_ADDRESS,
        Packets.PEER_ADDRESS,
        Packets.OUR_PORT,
        Packets.PEER_PORT);
  }

  @Test
  void everyByteOfAnIpv6Connection() {
    int id =
        table.add(
            SendTemplate.ipv6(
                Packets.OUR_MAC,
                Packets.PEER_MAC,
                Ipv6Header.NEXT_TCP,
                PREFIX,
                2,
                PREFIX,
                1,
                Packets.OUR_PORT,
                Packets.PEER_PORT));
    length = Packets.tcp6(frame, 1, TcpHeader.ACK, new byte[12], 0, Packets.PEER_MAC);
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    for (int at = 0; at < 58; at++) {
      // Traffic class and flow label, and the hop limit, are the sender's.
      boolean free = at >= 14 && at < 18 || at == 21;
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 1);
      assertThat(check(id) == TemplateVerdict.PERMITTED).as("byte %d", at).isEqualTo(free);
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 1);
    }
    Memory.putByte(frame + 20, 60);
    assertThat(check(id)).as("destination options").isEqualTo(TemplateVerdict.FORBIDDEN_HEADERS);
  }

  @Test
  void theWindowHoldsAllThatAPacketTakes() {
    int low = 0xffffff00;
    int id = table.add(template4(Ipv4Header.PROTOCOL_TCP).withWindow(low, 1000));
    int ack = TcpHeader.ACK;
    int[][] permitted = {
      {low, ack, 1000}, {low, ack | TcpHeader.FIN, 999}, {low + 1000, ack, 0}, {low + 500, ack, 500}
    };
    int[][] outside = {
      {low - 1, ack, 0},
      {low - 1, ack, 10},
      {low, ack, 1001},
      {low, ack | TcpHeader.FIN, 1000},
      {low, ack | TcpHeader.SYN, 1000},
      {low + 1000, ack | TcpHeader.FIN, 0},
      {low + 1001, ack, 0},
      {low + 501, ack, 500},
      {low ^ 0x80000000, ack, 1},
    };
    for (int[] one : permitted) {
      tcp4(one[0], one[1], one[2]);
      assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    }
    for (int[] one : outside) {
      tcp4(one[0], one[1], one[2]);
      assertThat(check(id)).isEqualTo(TemplateVerdict.OUTSIDE_WINDOW);
    }
    assertThat(table.moveWindow(id, low + 1, 1001)).isTrue();
    assertThat(check(id)).as("outside again").isEqualTo(TemplateVerdict.OUTSIDE_WINDOW);
    tcp4(low + 1, ack, 1001);
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    table.moveWindow(id, 0, SendTemplate.ANY_WINDOW);
    tcp4(low - 5, ack, 60_000);
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    assertThat(table.moveWindow(id + 1, 0, 0)).as("an unknown id").isFalse();
    assertThatIllegalArgumentException().isThrownBy(() -> table.moveWindow(id, 0, -1));
  }

  @Test
  void flagsThatAreNotPermitted() {
    int permitted = TcpHeader.ACK | TcpHeader.PSH | TcpHeader.FIN;
    int id = table.add(template4(Ipv4Header.PROTOCOL_TCP).withFlags(permitted));
    for (int flags = 0; flags < 256; flags++) {
      tcp4(1, flags, 0);
      boolean good = (flags & ~permitted) == 0;
      assertThat(check(id))
          .isEqualTo(good ? TemplateVerdict.PERMITTED : TemplateVerdict.FORBIDDEN_FLAGS);
    }
    tcp4(1, TcpHeader.ACK | TcpHeader.RST, 0);
    assertThat(table.permitFlags(id, permitted | TcpHeader.RST)).isTrue();
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
  }

  @Test
  void aVlanIsPinnedWithItsPriority() {
    int id = table.add(template4(Ipv4Header.PROTOCOL_UDP).withVlan(0x6064));
    length = Packets.udp4(frame, Packets.PEER_PORT, 8, Packets.PEER_MAC) + 8;
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_VLAN);
    Memory.copy(frame + 12, frame + 16, length - 12);
    length += 4;
    Memory.putIntBE(frame + 12, 0x81006064);
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    Memory.putIntBE(frame + 12, 0x8100e064);
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_VLAN);
  }

  @Test
  void nothingHidesBehindThePacket() {
    int id = table.add(template4(Ipv4Header.PROTOCOL_UDP).withMaxPayload(20));
    length = Packets.udp4(frame, Packets.PEER_PORT, 8, Packets.PEER_MAC) + 8;
    length = 60;
    assertThat(check(id)).as("padding").isEqualTo(TemplateVerdict.PERMITTED);
    length = 65;
    assertThat(check(id)).as("more").isEqualTo(TemplateVerdict.FORBIDDEN_HEADERS);
    length = Packets.udp4(frame, Packets.PEER_PORT, 21, Packets.PEER_MAC) + 21;
    assertThat(check(id)).isEqualTo(TemplateVerdict.PAYLOAD_TOO_LONG);
    length = Packets.udp4(frame, Packets.PEER_PORT, 20, Packets.PEER_MAC) + 20;
    assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    Memory.putShortBE(frame + 38, 12);
    assertThat(check(id)).as("UDP's length").isEqualTo(TemplateVerdict.FORBIDDEN_HEADERS);
  }

  @Test
  void ofIcmpOnlyEcho() {
    int id = table.add(template4(Ipv4Header.PROTOCOL_ICMP));
    for (int type = 0; type < 256; type++) {
      length = 42;
      EthernetHeader.write(frame, Packets.PEER_MAC, Packets.OUR_MAC, EthernetHeader.TYPE_IPV4);
      Ipv4Header.write(frame + 14, 0, 28, 1, 0, 64, 1, Packets.OUR_ADDRESS, Packets.PEER_ADDRESS);
      IcmpHeader.write(frame + 34, type, 0, 0);
      boolean echo = type == IcmpHeader.ECHO_REQUEST || type == IcmpHeader.ECHO_REPLY;
      assertThat(check(id))
          .isEqualTo(echo ? TemplateVerdict.PERMITTED : TemplateVerdict.WRONG_PROTOCOL);
    }
  }

  @Test
  void arpSpeaksForItsOwnAddresses() {
    int id = table.add(SendTemplate.arp(Packets.OUR_MAC, Packets.OUR_ADDRESS));
    for (int operation : new int[] {ArpHeader.REQUEST, ArpHeader.REPLY}) {
      length = Packets.arp(frame, operation, Packets.PEER_MAC, Packets.PEER_ADDRESS);
      assertThat(check(id)).isEqualTo(TemplateVerdict.PERMITTED);
    }
    Memory.putIntBE(frame + 28, Packets.PEER_ADDRESS);
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_ADDRESS);
    length = Packets.arp(frame, ArpHeader.REPLY, Packets.PEER_MAC, Packets.PEER_ADDRESS);
    EthernetHeader.putMac(frame + 22, OTHER_MAC);
    assertThat(check(id)).as("in the message").isEqualTo(TemplateVerdict.WRONG_MAC);
    length = Packets.arp(frame, ArpHeader.REPLY, Packets.PEER_MAC, Packets.PEER_ADDRESS);
    EthernetHeader.putMac(frame + 6, OTHER_MAC);
    assertThat(check(id)).as("of the frame").isEqualTo(TemplateVerdict.WRONG_MAC);
    tcp4(1, TcpHeader.ACK, 0);
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_PROTOCOL);
  }

  private void discovery(int type, long source, long target, int option, long mac) {
    length = 54 + DISCOVERY_LENGTH;
    EthernetHeader.write(frame, Packets.PEER_MAC, Packets.OUR_MAC, EthernetHeader.TYPE_IPV6);
    long ip = frame + 14;
    Ipv6Header.write(ip, 0, 0, DISCOVERY_LENGTH, Ipv6Header.NEXT_ICMP, 255);
    Memory.putLongBE(ip + 8, source == 0 ? 0 : PREFIX);
    Memory.putLongBE(ip + 16, source);
    Memory.putLongBE(ip + 24, PREFIX);
    Memory.putLongBE(ip + 32, 1);
    long message = frame + 54;
    Memory.putIntBE(message, type << 24);
    Memory.putIntBE(message + 4, 0);
    Memory.putLongBE(message + 8, PREFIX);
    Memory.putLongBE(message + 16, target);
    Memory.putShortBE(message + 24, option << 8 | 1);
    EthernetHeader.putMac(message + 26, mac);
  }

  @Test
  void neighbourDiscoverySpeaksForItsOwnAddresses() {
    int id = table.add(SendTemplate.neighborDiscovery(Packets.OUR_MAC, PREFIX, 2));
    discovery(135, 2, 1, 1, Packets.OUR_MAC);
    assertThat(check(id)).as("solicitation").isEqualTo(TemplateVerdict.PERMITTED);
    discovery(136, 2, 2, 2, Packets.OUR_MAC);
    assertThat(check(id)).as("advertisement").isEqualTo(TemplateVerdict.PERMITTED);
    discovery(136, 2, 1, 2, Packets.OUR_MAC);
    assertThat(check(id)).as("of another").isEqualTo(TemplateVerdict.WRONG_ADDRESS);
    discovery(136, 2, 2, 2, OTHER_MAC);
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_MAC);
    discovery(135, 3, 1, 1, Packets.OUR_MAC);
    assertThat(check(id)).isEqualTo(TemplateVerdict.WRONG_ADDRESS);
    discovery(134, 2, 1, 1, Packets.OUR_MAC);
    assertThat(check(id)).as("a router's").isEqualTo(TemplateVerdict.WRONG_PROTOCOL);
    discovery(135, 2, 1, 1, Packets.OUR_MAC);
    Memory.putByte(frame + 21, 64);
    assertThat(check(id)).as("hop limit").isEqualTo(TemplateVerdict.FORBIDDEN_HEADERS);
    discovery(135, 2, 1, 1, Packets.OUR_MAC);
    Memory.putByte(frame + 79, 0);
    assertThat(check(id)).as("an option of 0").isEqualTo(TemplateVerdict.FORBIDDEN_HEADERS);
  }

  @Test
  void domainsDoNotSeeEachOther() {
    TemplateStore store = new TemplateStore();
    SendTemplateTable first = new SendTemplateTable(store, 1);
    SendTemplateTable second = new SendTemplateTable(store, 2);
    int id = first.add(template4(Ipv4Header.PROTOCOL_TCP));
    tcp4(1, TcpHeader.ACK, 0);
    packet.parse(frame, length);
    assertThat(first.check(id, packet)).isEqualTo(TemplateVerdict.PERMITTED);
    assertThat(second.check(id, packet)).isEqualTo(TemplateVerdict.FOREIGN_TEMPLATE);
    assertThat(second.remove(id)).isFalse();
    assertThat(second.moveWindow(id, 0, 0)).isFalse();
    assertThat(second.permitFlags(id, 0)).isFalse();
    assertThat(first.check(id, packet)).isEqualTo(TemplateVerdict.PERMITTED);
    assertThat(first.size()).isEqualTo(1);
    assertThat(second.size()).isZero();
    store.close();
    assertThat(first.remove(id)).as("after the NIC").isFalse();
  }
}
