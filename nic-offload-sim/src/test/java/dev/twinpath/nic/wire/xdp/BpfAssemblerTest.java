package dev.twinpath.nic.wire.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The expected numbers are those of RFC 9669, by hand. */
class BpfAssemblerTest {
  private final BpfAssembler code = new BpfAssembler();

  /** An instruction as text: opcode, destination, source, offset, immediate. */
  private static String[] instructions(BpfAssembler assembler) {
    ByteBuffer bytes = ByteBuffer.wrap(assembler.assemble()).order(ByteOrder.nativeOrder());
    String[] lines = new String[bytes.remaining() / 8];
    for (int i = 0; i < lines.length; i++) {
      int opcode = bytes.get() & 0xff;
      int registers = bytes.get() & 0xff;
      boolean little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
      int destination = little ? registers & 15 : registers >> 4;
      int source = little ? registers >> 4 : registers & 15;
      lines[i] =
          String.format(
              "%02x r%d r%d %d %d", opcode, destination, source, bytes.getShort(), bytes.getInt());
    }
    return lines;
  }

  @Test
  void everyKindOfInstructionHasItsOpcode() {
    code.load(BpfAssembler.WORD, 2, 6, 4)
        .load(BpfAssembler.HALF, 5, 2, 12)
        .load(BpfAssembler.BYTE, 7, 2, 23)
        .atomicAdd(BpfAssembler.DOUBLE, 1, 8, 2)
        .move(6, 1)
        .moveNumber(0, 2)
        .add(2, 5)
        .addNumber(4, -14)
        .andNumber(5, 15)
        .shiftLeft(5, 2)
        .fromNetworkOrder(5, 16)
        .call(51)
        .exit();
    assertThat(instructions(code))
        .containsExactly(
            "61 r2 r6 4 0",
            "69 r5 r2 12 0",
            "71 r7 r2 23 0",
            "db r1 r2 8 0",
            "bf r6 r1 0 0",
            "b7 r0 r0 0 2",
            "0f r2 r5 0 0",
            "07 r4 r0 0 -14",
            "57 r5 r0 0 15",
            "67 r5 r0 0 2",
            "dc r5 r0 0 16",
            "85 r0 r0 0 51",
            "95 r0 r0 0 0");
  }

  @Test
  void jumpsCountFromTheInstructionAfterThem() {
    code.label("begin")
        .jumpIfEqual(5, 80, "end")
        .jumpIfNotEqual(5, 81, "end")
        .jumpIfLess(5, 82, "end")
        .jumpIfGreater(5, 83, "end")
        .jumpIfAnyBit(5, 0x3fff, "end")
        .jumpIfGreaterThan(4, 3, "end")
        .jump("begin")
        .label("end")
        .exit();
    assertThat(instructions(code))
        .containsExactly(
            "16 r5 r0 6 80",
            "56 r5 r0 5 81",
            "a6 r5 r0 4 82",
            "26 r5 r0 3 83",
            "46 r5 r0 2 16383",
            "2d r4 r3 1 0",
            "05 r0 r0 -7 0",
            "95 r0 r0 0 0");
  }

  @Test
  void mapsTakeTwoInstructions() {
    code.loadMap(1, 7).loadMapValue(2, 8, 24);
    assertThat(instructions(code))
        .containsExactly("18 r1 r1 0 7", "00 r0 r0 0 0", "18 r2 r2 0 8", "00 r0 r0 0 24");
  }

  @Test
  void mistakesAreToldWhenTheProgramIsWritten() {
    code.label("here").exit();
    assertThatIllegalStateException()
        .isThrownBy(() -> code.label("here"))
        .withMessageContaining("here");
    code.jump("nowhere");
    assertThatIllegalStateException().isThrownBy(code::assemble).withMessageContaining("nowhere");
  }

  @Test
  void knowsWhichLabelsAreUsed() {
    code.jump("there").label("there").label("elsewhere").exit();
    assertThat(code.isTarget("there")).isTrue();
    assertThat(code.isTarget("elsewhere")).isFalse();
  }
}
