package dev.twinpath.nic.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
  private final Arena keep = Arena.ofAuto();

  private int sumOf(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    long at = keep.allocate(bytes.length + 8L, 8).address();
    Memory.copy(bytes, 0, at, bytes.length);
    return Checksum.sum(at, bytes.length);
  }

  /** The definition: big-endian words, carries added back, an odd byte is a high byte. */
  private static int reference(byte[] bytes, int offset, int length) {
    long sum = 0;
    for (int i = 0; i < length; i++) {
      int value = bytes[offset + i] & 0xff;
      sum += (i & 1) == 0 ? value << 8 : value;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  @Test
  void sumsTheExampleOfRfc1071() {
    assertThat(sumOf("00 01 f2 03 f4 f5 f6 f7")).isEqualTo(0xddf2);
  }

  @Test
  void verifiesAKnownIpv4Header() {
    assertThat(sumOf("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7")).isEqualTo(0xffff);
  }

  @Test
  void agreesWithTheDefinitionAtEveryLengthAndAlignment() {
    Random random = new Random(7);
    Arena arena = Arena.ofAuto();
    long at = arena.allocate(70_000, 64).address();
    byte[] bytes = new byte[70_000];
    random.nextBytes(bytes);
    Memory.copy(bytes, 0, at, bytes.length);
    for (int length = 0; length < 200; length++) {
      for (int offset = 0; offset < 9; offset++) {
        assertThat(Checksum.sum(at + offset, length))
            .as("offset %d length %d", offset, length)
            .isEqualTo(reference(bytes, offset, length));
      }
    }
    assertThat(Checksum.sum(at, 65535)).isEqualTo(reference(bytes, 0, 65535));
    java.lang.ref.Reference.reachabilityFence(arena);
  }

  @Test
  void sumOfAllOnesDoesNotOverflow() {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(65_536, 8).address();
      Memory.fill(at, 65_536, 0xff);
      assertThat(Checksum.sum(at, 65_536)).isEqualTo(0xffff);
    }
  }

  @Test
  void piecesAddUpEvenAtOddOffsets() {
    byte[] bytes = new byte[101];
    new Random(3).nextBytes(bytes);
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(101, 8).address();
      Memory.copy(bytes, 0, at, 101);
      for (int cut = 0; cut <= 101; cut++) {
        int head = Checksum.sum(at, cut);
        int tail = Checksum.sum(at + cut, 101 - cut);
        assertThat(Checksum.add(head, (cut & 1) != 0 ? Checksum.swap(tail) : tail))
            .isEqualTo(Checksum.sum(at, 101));
      }
    }
  }

  @Test
  void anIncrementalUpdateIsWhatANewSumWouldBe() {
    Random random = new Random(11);
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(20, 8).address();
      for (int i = 0; i < 1000; i++) {
        for (int b = 0; b < 20; b++) {
          Memory.putByte(at + b, random.nextInt());
        }
        Memory.putShortBE(at, 0x4500); // never all zero, where two representations exist
        int before = Checksum.finish(Checksum.sum(at, 20));
        int old = Memory.getShortBE(at + 8);
        int changed = random.nextInt(65536);
        Memory.putShortBE(at + 8, changed);
        assertThat(Checksum.update(before, old, changed))
            .isEqualTo(Checksum.finish(Checksum.sum(at, 20)));
      }
    }
  }

  @Test
  void thePseudoHeaderIsTheSumOfItsFields() {
    assertThat(Checksum.pseudoHeader4(0xc0a80001, 0xc0a800c7, 17, 0x1234))
        .isEqualTo(sumOf("c0a8 0001 c0a8 00c7 0011 1234"));
  }
}
