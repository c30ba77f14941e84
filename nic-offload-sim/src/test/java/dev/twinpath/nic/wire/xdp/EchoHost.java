package dev.twinpath.nic.wire.xdp;

import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** As much of a stack at 10.9.0.2 as ping needs. */
final class EchoHost {
  private final VethPair.End end;

  EchoHost(VethPair.End end) {
    this.end = end;
  }

  /** Answers ARP and echo requests as long as it is needed. */
  void answerWhile(BooleanSupplier needed) {
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              for (byte[] frame = end.poll(); frame != null; frame = end.poll()) {
                answer(frame);
              }
              return !needed.getAsBoolean();
            });
  }

  private void answer(byte[] frame) {
    try (Arena arena = Arena.ofConfined()) {
      int length = frame.length;
      long at = arena.allocate(length, 8).address();
      Memory.copy(frame, 0, at, length);
      long body = at + EthernetHeader.LENGTH;
      if (EthernetHeader.type(at) == EthernetHeader.TYPE_ARP) {
        length =
            Packets.arp(
                at, ArpHeader.REPLY, ArpHeader.senderMac(body), ArpHeader.senderAddress(body));
      } else {
        EthernetHeader.write(
            at, EthernetHeader.source(at), Packets.OUR_MAC, EthernetHeader.TYPE_IPV4);
        int source = Ipv4Header.source(body);
        Memory.putIntBE(body + 12, Ipv4Header.destination(body));
        Memory.putIntBE(body + 16, source);
        long icmp = body + Ipv4Header.MIN_LENGTH;
        Memory.putByte(icmp, IcmpHeader.ECHO_REPLY);
        IcmpHeader.writeChecksum(icmp, Ipv4Header.totalLength(body) - Ipv4Header.MIN_LENGTH);
      }
      end.send(Memory.toArray(at, length));
    }
  }

  /** A datagram of 10 bytes from 10.9.0.1 to a port of 10.9.0.2, with its checksum. */
  static byte[] datagram(int port) {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(64, 8).address();
      int headers = Packets.udp4(at, port, 10, Packets.OUR_MAC);
      long ip = at + EthernetHeader.LENGTH;
      Memory.putIntBE(ip + 12, Packets.PEER_ADDRESS);
      Memory.putIntBE(ip + 16, Packets.OUR_ADDRESS);
      Ipv4Header.writeChecksum(ip);
      ChecksumOffload.complete(at, headers + 10, Packets.TRANSPORT4, UdpHeader.CHECKSUM_OFFSET);
      return Memory.toArray(at, headers + 10);
    }
  }
}
