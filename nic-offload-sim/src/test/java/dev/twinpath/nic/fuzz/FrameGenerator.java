package dev.twinpath.nic.fuzz;

import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.util.SplittableRandom;

/** Frames for fuzzing: good ones, good ones with some bytes changed or the end cut off, noise. */
final class FrameGenerator {
  static final int MAX_LENGTH = 1600;
  private static final int[] INTERESTING = {0, 1, 0x7f, 0x80, 0xff, 0x45, 0x46, 0x4f, 0x60, 0x50};

  private static final int[] NEXT_HEADERS = {0, 43, 44, 51, 60, 59, 6, 17, 50, 255};
  private static final int FLOWS = 3;

  private final SplittableRandom random;

  /** Where each of some flows is whose segments follow each other, so that they may be joined. */
  private final int[] sequences = new int[FLOWS];

  FrameGenerator(long seed) {
    random = new SplittableRandom(seed);
  }

  SplittableRandom random() {
    return random;
  }

  /** Writes a frame; returns its length, from 0. */
  int generate(long at) {
    int length = random.nextInt(3) == 0 ? segment(at) : any(at);
    if (length < EthernetHeader.LENGTH || random.nextInt(6) != 0) {
      return length;
    }
    int tags = 1 + random.nextInt(3);
    Memory.copy(at + 12, at + 12 + 4L * tags, length - 12);
    for (int i = 0; i < tags; i++) {
      Memory.putShortBE(at + 12 + 4L * i, random.nextInt(4) == 0 ? 0x88a8 : 0x8100);
      Memory.putShortBE(at + 14 + 4L * i, random.nextInt());
    }
    return length + 4 * tags;
  }

  /**
   * A flow's next segment with right checksums, perhaps with a byte changed that does not matter.
   */
  private int segment(long at) {
    int flow = random.nextInt(FLOWS);
    int payload = random.nextInt(8) == 0 ? random.nextInt(100) : 100;
    int flags = random.nextInt(8) == 0 ? random.nextInt(256) : TcpHeader.ACK;
    byte[] options = new byte[flow == 0 ? 0 : 12];
    boolean ipv4 = flow < 2;
    int transport = ipv4 ? Packets.TRANSPORT4 : Packets.TRANSPORT6;
    int headers =
        ipv4
            ? Packets.tcp4(at, sequences[flow], flags, options, payload, 1)
            : Packets.tcp6(at, sequences[flow], flags, options, payload, 1);
    noise(at + headers, payload);
    sequences[flow] += payload;
    if (ipv4) {
      Memory.putByte(at + EthernetHeader.LENGTH + 8, random.nextInt(16) == 0 ? 1 : 64);
      Ipv4Header.writeChecksum(at + EthernetHeader.LENGTH);
    }
    int length = headers + payload;
    ChecksumOffload.complete(at, length, transport, TcpHeader.CHECKSUM_OFFSET);
    if (random.nextInt(16) == 0) {
      Memory.putByte(at + random.nextInt(length), value());
    }
    return length;
  }

  /** IPv6 with a chain of extension headers, which may end anywhere. */
  private int chain(long at) {
    int length = Packets.TRANSPORT6;
    Packets.tcp6(at, 1, TcpHeader.ACK, new byte[0], 0, 1);
    long next = at + EthernetHeader.LENGTH + 6;
    for (int i = random.nextInt(12); i > 0; i--) {
      Memory.putByte(next, NEXT_HEADERS[random.nextInt(NEXT_HEADERS.length)]);
      next = at + length;
      int units = random.nextInt(8) == 0 ? random.nextInt(256) : random.nextInt(3);
      noise(next, 8);
      Memory.putByte(next + 1, units);
      length = Math.min(length + 8 * (1 + Math.min(units, 16)), MAX_LENGTH - 100);
    }
    noise(at + length, 40);
    Memory.putByte(next, NEXT_HEADERS[random.nextInt(NEXT_HEADERS.length)]);
    Memory.putByte(at + length + 12, 0x50);
    length += random.nextInt(40);
    boolean right = random.nextInt(4) != 0;
    int payload = right ? length - Packets.TRANSPORT6 : random.nextInt(2000);
    Memory.putShortBE(at + EthernetHeader.LENGTH + 4, payload);
    return length;
  }

  private int any(long at) {
    int payload = random.nextInt(4) == 0 ? random.nextInt(1200) : random.nextInt(40);
    int length;
    switch (random.nextInt(7)) {
      case 0:
        length = Packets.udp4(at, random.nextInt(65536), payload, Packets.PEER_MAC) + payload;
        break;
      case 1:
        length = Packets.arp(at, random.nextInt(3), random.nextLong() >>> 16, random.nextInt());
        break;
      case 2:
        length =
            Packets.tcp6(at, random.nextInt(), random.nextInt(), options(), payload, 1) + payload;
        break;
      case 3:
        length = random.nextInt(MAX_LENGTH);
        noise(at, length);
        if (length >= EthernetHeader.LENGTH && random.nextBoolean()) {
          Memory.putShortBE(at + 12, EthernetHeader.TYPE_IPV4);
        }
        return length;
      case 4:
        length = chain(at);
        break;
      default:
        length =
            Packets.tcp4(at, random.nextInt(), random.nextInt(), options(), payload, 1) + payload;
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      Memory.putByte(at + random.nextInt(Math.min(length, 80)), value());
    }
    return random.nextInt(4) == 0 ? random.nextInt(length) : length;
  }

  private int value() {
    return random.nextBoolean()
        ? random.nextInt()
        : INTERESTING[random.nextInt(INTERESTING.length)];
  }

  private byte[] options() {
    byte[] options = new byte[4 * random.nextInt(11)];
    random.nextBytes(options);
    return options;
  }

  private void noise(long at, int length) {
    for (int i = 0; i < length; i++) {
      Memory.putByte(at + i, random.nextInt());
    }
  }
}
