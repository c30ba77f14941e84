package dev.twinpath.nic.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeadersTest {
  private final Arena arena = Arena.ofConfined();
  private final long at = arena.allocate(128, 8).address();

  @AfterEach
  void free() {
    arena.close();
  }

  private String hex(int length) {
    return HexFormat.of().formatHex(Memory.toArray(at, length));
  }

  @Test
  void ethernet() {
    EthernetHeader.write(at, 0xffeeddccbbaaL, 0x020000000001L, EthernetHeader.TYPE_IPV4);
    assertThat(hex(14)).isEqualTo("ffeeddccbbaa0200000000010800");
    assertThat(EthernetHeader.destination(at)).isEqualTo(0xffeeddccbbaaL);
    assertThat(EthernetHeader.source(at)).isEqualTo(0x020000000001L);
    assertThat(EthernetHeader.format(0x02000000000aL)).isEqualTo("02:00:00:00:00:0a");
    assertThat(EthernetHeader.isGroup(EthernetHeader.BROADCAST)).isTrue();
    assertThat(EthernetHeader.isGroup(0x020000000001L)).isFalse();
  }

  @Test
  void arp() {
    ArpHeader.write(at, ArpHeader.REQUEST, 0x020000000001L, 0x0a000001, 0, 0x0a000002);
    assertThat(hex(28)).isEqualTo("00010800060400010200000000010a0000010000000000000a000002");
    assertThat(ArpHeader.isIpv4OverEthernet(at)).isTrue();
    assertThat(ArpHeader.operation(at)).isEqualTo(ArpHeader.REQUEST);
    assertThat(ArpHeader.senderMac(at)).isEqualTo(0x020000000001L);
    assertThat(ArpHeader.targetAddress(at)).isEqualTo(0x0a000002);
  }

  @Test
  void ipv4() {
    Ipv4Header.write(at, 0, 0x73, 0, Ipv4Header.DONT_FRAGMENT, 64, 17, 0xc0a80001, 0xc0a800c7);
    Ipv4Header.writeChecksum(at);
    assertThat(hex(20)).isEqualTo("450000730000400040" + "11b861c0a80001c0a800c7");
    assertThat(Ipv4Header.verifyChecksum(at)).isTrue();
    assertThat(Ipv4Header.isFragment(at)).isFalse();
    assertThat(Ipv4Header.isValid(at, 0x73)).isTrue();
    assertThat(Ipv4Header.isValid(at, 0x72)).as("shorter than it claims").isFalse();
    Memory.putByte(at, 0x44);
    assertThat(Ipv4Header.isValid(at, 0x73)).as("header of 16 bytes").isFalse();
    Memory.putByte(at, 0x65);
    assertThat(Ipv4Header.isValid(at, 0x73)).as("version 6").isFalse();
  }

  @Test
  void ipv6() {
    Ipv6Header.write(at, 0xab, 0x12345, 100, Ipv6Header.NEXT_TCP, 64);
    assertThat(hex(8)).isEqualTo("6ab1234500640640");
    assertThat(Ipv6Header.trafficClass(at)).isEqualTo(0xab);
    assertThat(Ipv6Header.flowLabel(at)).isEqualTo(0x12345);
    assertThat(Ipv6Header.isValid(at, 140)).isTrue();
    assertThat(Ipv6Header.isValid(at, 139)).isFalse();
  }

  @Test
  void tcp() {
    TcpHeader.write(at, 80, 40000, 0x80000001, 0xfffffffe, 32, TcpHeader.SYN, 65535, 0xbeef);
    assertThat(hex(20)).isEqualTo("00509c4080000001fffffffe8002ffffbeef0000");
    assertThat(TcpHeader.headerLength(at)).isEqualTo(32);
    assertThat(TcpHeader.isValid(at, 32)).isTrue();
    assertThat(TcpHeader.isValid(at, 31)).isFalse();
    assertThat(TcpHeader.sequence(at)).isEqualTo(0x80000001);
    assertThat(TcpHeader.window(at)).isEqualTo(65535);
    Memory.putByte(at + 12, 0x40);
    assertThat(TcpHeader.isValid(at, 60)).as("header of 16 bytes").isFalse();
  }

  @Test
  void icmpAndUdp() {
    IcmpHeader.write(at, IcmpHeader.ECHO_REQUEST, 0, 0x00010002);
    IcmpHeader.writeChecksum(at, 8);
    assertThat(hex(8)).isEqualTo("0800f7fc00010002");
    assertThat(IcmpHeader.verifyChecksum(at, 8)).isTrue();
    UdpHeader.write(at, 53, 1024, 8, 0);
    assertThat(hex(8)).isEqualTo("0035040000080000");
  }

  @Test
  void sequenceNumbersWrap() {
    assertThat(SequenceNumber.lessThan(0xfffffff0, 0x10)).isTrue();
    assertThat(SequenceNumber.lessThan(0x10, 0xfffffff0)).isFalse();
    assertThat(SequenceNumber.max(0xfffffff0, 0x10)).isEqualTo(0x10);
    assertThat(SequenceNumber.inWindow(5, 0xfffffff0, 0x20)).isTrue();
    assertThat(SequenceNumber.inWindow(0x10, 0xfffffff0, 0x20)).isFalse();
    assertThat(SequenceNumber.distance(0xfffffff0, 0x10)).isEqualTo(0x20);
  }
}
