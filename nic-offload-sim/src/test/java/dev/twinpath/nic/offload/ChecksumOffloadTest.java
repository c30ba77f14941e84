package dev.twinpath.nic.offload;

import static dev.twinpath.nic.offload.ReceiveFlags.L3_BAD;
import static dev.twinpath.nic.offload.ReceiveFlags.L3_OK;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_BAD;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_OK;
import static dev.twinpath.nic.offload.ReceiveFlags.L4_UNCHECKED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the NIC says of received frames. */
class ChecksumOffloadTest {
  private static final int PAYLOAD = 101;

  private final Arena arena = Arena.ofConfined();
  private final long frame = arena.allocate(2048, 8).address();
  private final ParsedPacket packet = new ParsedPacket();
  private final long ip = frame + EthernetHeader.LENGTH;

  @AfterEach
  void free() {
    arena.close();
  }

  private int tcp4() {
    int headers = Packets.tcp4(frame, 1, TcpHeader.ACK, new byte[12], PAYLOAD, Packets.PEER_MAC);
    Memory.fill(frame + headers, PAYLOAD, 0x5a);
    Ipv4Header.writeChecksum(ip);
    int length = headers + PAYLOAD;
    ChecksumOffload.complete(frame, length, Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET);
    return length;
  }

  private int udp4() {
    int headers = Packets.udp4(frame, 53, PAYLOAD, Packets.PEER_MAC);
    Memory.fill(frame + headers, PAYLOAD, 0x5a);
    Ipv4Header.writeChecksum(ip);
    int length = headers + PAYLOAD;
    ChecksumOffload.complete(frame, length, Packets.TRANSPORT4, UdpHeader.CHECKSUM_OFFSET);
    return length;
  }

  private int verify(int length) {
    packet.parse(frame, length);
    return ChecksumOffload.verify(packet, false);
  }

  @Test
  void goodFrames() {
    assertThat(verify(tcp4())).isEqualTo(L3_OK | L4_OK);
    assertThat(verify(udp4())).isEqualTo(L3_OK | L4_OK);
    int headers = Packets.tcp6(frame, 1, TcpHeader.ACK, new byte[0], 99, Packets.PEER_MAC);
    ChecksumOffload.complete(frame, headers + 99, Packets.TRANSPORT6, 16);
    assertThat(verify(headers + 99)).isEqualTo(L3_OK | L4_OK);
  }

  @Test
  void paddingOfShortFramesDoesNotCount() {
    int length = tcp4();
    Memory.putByte(frame + length, 0xff);
    assertThat(verify(length + 1)).isEqualTo(L3_OK | L4_OK);
  }

  @Test
  void everyFlippedBitOfTheTransportPartShows() {
    int length = tcp4();
    for (int at = Packets.TRANSPORT4; at < length; at++) {
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 4);
      assertThat(verify(length)).as("byte %d", at).isEqualTo(L3_OK | L4_BAD);
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 4);
    }
  }

  @Test
  void everyFlippedBitOfTheIpHeaderShows() {
    int length = tcp4();
    for (int at = EthernetHeader.LENGTH; at < Packets.TRANSPORT4; at++) {
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 4);
      assertThat(verify(length) & L3_BAD).as("byte %d", at).isEqualTo(L3_BAD);
      Memory.putByte(frame + at, Memory.getByte(frame + at) ^ 4);
    }
  }

  @Test
  void whatTheNicCannotJudge() {
    int length = udp4();
    UdpHeader.checksum(frame + Packets.TRANSPORT4, 0);
    assertThat(verify(length)).as("UDP without checksum").isEqualTo(L3_OK | L4_UNCHECKED);
    length = tcp4();
    Memory.putShortBE(ip + 6, Ipv4Header.MORE_FRAGMENTS);
    Ipv4Header.writeChecksum(ip);
    assertThat(verify(length)).as("fragment").isEqualTo(L3_OK | L4_UNCHECKED);
    length = Packets.arp(frame, ArpHeader.REQUEST, 0, 1);
    assertThat(verify(length)).as("no IP").isZero();
    assertThat(verify(13)).as("no Ethernet header").isZero();
  }

  @Test
  void framesCutShort() {
    int length = tcp4();
    for (int cut = EthernetHeader.LENGTH; cut < length; cut++) {
      assertThat(verify(cut)).isEqualTo(L3_BAD | L4_UNCHECKED);
    }
  }

  @Test
  void aWireThatVouchesIsBelieved() {
    int length = tcp4();
    Memory.putByte(frame + length - 1, 0);
    packet.parse(frame, length);
    assertThat(ChecksumOffload.verify(packet, true)).isEqualTo(L3_OK | L4_OK);
  }

  @Test
  void aComputedUdpChecksumOfZeroIsSentAsAllOnes() {
    for (int i = 0; i < 65536; i++) {
      int headers = Packets.udp4(frame, 53, 2, Packets.PEER_MAC);
      Memory.putShortBE(frame + headers, i);
      ChecksumOffload.complete(frame, headers + 2, Packets.TRANSPORT4, 6);
      assertThat(UdpHeader.checksum(frame + Packets.TRANSPORT4)).isNotZero();
    }
  }
}
