package dev.twinpath.userstack.attack;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.TwoStacks;
import java.lang.foreign.Arena;

/** A TCP segment to the server that says whatever the attacker likes, with right checksums. */
final class Forged {
  private static final long ROOM = Arena.global().allocate(1 << 17).address();

  int source = 0x2d000001;
  int sourcePort = 40_000;
  int port = 80;
  int flags = TcpHeader.SYN;
  int sequence;
  int acknowledgment;
  int window = 65_535;
  int payload;
  int mss = -1;
  int[] sack = {};
  boolean sackPermitted;
  int windowScale = -1;

  Forged from(int address, int fromPort) {
    source = address;
    sourcePort = fromPort;
    return this;
  }

  Forged flags(int bits) {
    flags = bits;
    return this;
  }

  Forged numbers(int sequenceNumber, int acknowledgmentNumber) {
    sequence = sequenceNumber;
    acknowledgment = acknowledgmentNumber;
    return this;
  }

  Forged mss(int bytes) {
    mss = bytes;
    return this;
  }

  Forged window(int field) {
    window = field;
    return this;
  }

  Forged payload(int bytes) {
    payload = bytes;
    return this;
  }

  /** Edges of blocks: left, right, left, right. */
  Forged sack(int... edges) {
    sack = edges;
    return this;
  }

  Forged windowScale(int shift) {
    windowScale = shift;
    return this;
  }

  Forged sackPermitted() {
    sackPermitted = true;
    return this;
  }

  byte[] frame() {
    long ip = ROOM + EthernetHeader.LENGTH;
    long tcp = ip + Ipv4Header.MIN_LENGTH;
    int header = TcpHeader.MIN_LENGTH + options(tcp + TcpHeader.MIN_LENGTH);
    int length = header + payload;
    EthernetHeader.write(
        ROOM, HostileWire.SERVER_MAC, HostileWire.GATEWAY_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        ip,
        0,
        Ipv4Header.MIN_LENGTH + length,
        1,
        Ipv4Header.DONT_FRAGMENT,
        64,
        Ipv4Header.PROTOCOL_TCP,
        source,
        TwoStacks.SERVER_ADDRESS);
    Ipv4Header.writeChecksum(ip);
    TcpHeader.write(tcp, sourcePort, port, sequence, acknowledgment, header, flags, window, 0);
    Memory.fill(tcp + header, payload, 'x');
    int sum =
        Checksum.pseudoHeader4(source, TwoStacks.SERVER_ADDRESS, Ipv4Header.PROTOCOL_TCP, length);
    TcpHeader.checksum(tcp, Checksum.finish(Checksum.add(sum, Checksum.sum(tcp, length))));
    return Memory.toArray(ROOM, EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + length);
  }

  private int options(long at) {
    int length = 0;
    if (mss >= 0) {
      Memory.putIntBE(at, TcpHeader.OPTION_MSS << 24 | 4 << 16 | mss);
      length += 4;
    }
    if (sackPermitted) {
      Memory.putIntBE(at + length, 0x01010000 | TcpHeader.OPTION_SACK_PERMITTED << 8 | 2);
      length += 4;
    }
    if (windowScale >= 0) {
      Memory.putIntBE(
          at + length, 0x01000000 | TcpHeader.OPTION_WINDOW_SCALE << 16 | 3 << 8 | windowScale);
      length += 4;
    }
    if (sack.length > 0) {
      Memory.putIntBE(at + length, 0x01010000 | TcpHeader.OPTION_SACK << 8 | 2 + 4 * sack.length);
      length += 4;
      for (int edge : sack) {
        Memory.putIntBE(at + length, edge);
        length += 4;
      }
    }
    return length;
  }
}
