package dev.twinpath.nic.fuzz;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.Packets;
import java.util.SplittableRandom;

/** Frames for fuzzing: good ones, good ones with some bytes changed or the end cut off, noise. */
final class FrameGenerator {
  static final int MAX_LENGTH = 1600;
  private static final int[] INTERESTING = {0, 1, 0x7f, 0x80, 0xff, 0x45, 0x46, 0x4f, 0x60, 0x50};

  private final SplittableRandom random;

  FrameGenerator(long seed) {
    random = new SplittableRandom(seed);
  }

  SplittableRandom random() {
    return random;
  }

  /** Writes a frame; returns its length, from 0. */
  int generate(long at) {
    int payload = random.nextInt(4) == 0 ? random.nextInt(1200) : random.nextInt(40);
    int length;
    switch (random.nextInt(6)) {
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
