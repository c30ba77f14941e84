package dev.twinpath.nic.wire.xdp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Assembles BPF instructions (RFC 9669, linux/bpf.h): as many kinds as a steering program needs.
 *
 * <p>Registers are numbered 0 to 10: 0 takes a call's result, 1 to 5 its arguments and are lost by
 * it, 6 to 9 keep. Comparisons with a number look at the lower 32 bits, without sign.
 */
final class BpfAssembler {
  static final int R0 = 0;
  static final int R1 = 1;
  static final int R2 = 2;
  static final int R3 = 3;
  static final int R4 = 4;
  static final int R5 = 5;
  static final int R6 = 6;
  static final int R7 = 7;

  /** Sizes of loads and stores. */
  static final int WORD = 0x00;

  static final int HALF = 0x08;
  static final int BYTE = 0x10;
  static final int DOUBLE = 0x18;

  private static final int CLASS_LD = 0x00;
  private static final int CLASS_LDX = 0x01;
  private static final int CLASS_STX = 0x03;
  private static final int CLASS_ALU = 0x04;
  private static final int CLASS_JMP = 0x05;
  private static final int CLASS_JMP32 = 0x06;
  private static final int CLASS_ALU64 = 0x07;

  private static final int MODE_IMM = 0x00;
  private static final int MODE_MEM = 0x60;
  private static final int MODE_ATOMIC = 0xc0;

  private static final int SOURCE_IMMEDIATE = 0x00;
  private static final int SOURCE_REGISTER = 0x08;

  private static final int ALU_ADD = 0x00;
  private static final int ALU_AND = 0x50;
  private static final int ALU_LSH = 0x60;
  private static final int ALU_MOV = 0xb0;
  private static final int ALU_END = 0xd0;
  private static final int END_TO_BIG = 0x08;

  private static final int JMP_ALWAYS = 0x00;
  private static final int JMP_EQUAL = 0x10;
  private static final int JMP_GREATER = 0x20;
  private static final int JMP_SET = 0x40;
  private static final int JMP_NOT_EQUAL = 0x50;
  private static final int JMP_CALL = 0x80;
  private static final int JMP_EXIT = 0x90;
  private static final int JMP_LESS = 0xa0;

  /** What the second register field of a 64-bit load means. */
  private static final int PSEUDO_MAP = 1;

  private static final int PSEUDO_MAP_VALUE = 2;

  private static final int LENGTH = 8;
  private static final int MAX_INSTRUCTIONS = 4096;

  private final ByteBuffer code =
      ByteBuffer.allocate(MAX_INSTRUCTIONS * LENGTH).order(ByteOrder.nativeOrder());
  private final Map<String, Integer> labels = new HashMap<>();
  private final Map<Integer, String> jumps = new LinkedHashMap<>();
  private int freshLabels;

  private int here() {
    return code.position() / LENGTH;
  }

  private BpfAssembler emit(int opcode, int destination, int source, int offset, int immediate) {
    if (!code.hasRemaining()) {
      throw new IllegalStateException("a program has at most " + MAX_INSTRUCTIONS);
    }
    boolean little = code.order() == ByteOrder.LITTLE_ENDIAN;
    code.put((byte) opcode);
    code.put((byte) (little ? source << 4 | destination : destination << 4 | source));
    code.putShort((short) offset);
    code.putInt(immediate);
    return this;
  }

  /** Names the next instruction. */
  BpfAssembler label(String name) {
    if (labels.putIfAbsent(name, here()) != null) {
      throw new IllegalStateException("the label " + name + " is there twice");
    }
    return this;
  }

  /** Whether an instruction jumps there. */
  boolean isTarget(String label) {
    return jumps.containsValue(label);
  }

  /** A label's name that nobody else has. */
  String freshLabel() {
    return "." + freshLabels++;
  }

  /** Loads from the address in {@code source} plus {@code offset}, the rest of the bits 0. */
  BpfAssembler load(int size, int destination, int source, int offset) {
    return emit(CLASS_LDX | size | MODE_MEM, destination, source, offset, 0);
  }

  /** Adds {@code source} to the number at {@code address} plus {@code offset}, atomically. */
  BpfAssembler atomicAdd(int size, int address, int offset, int source) {
    return emit(CLASS_STX | size | MODE_ATOMIC, address, source, offset, ALU_ADD);
  }

  BpfAssembler move(int destination, int source) {
    return emit(CLASS_ALU64 | ALU_MOV | SOURCE_REGISTER, destination, source, 0, 0);
  }

  BpfAssembler moveNumber(int destination, int number) {
    return emit(CLASS_ALU64 | ALU_MOV | SOURCE_IMMEDIATE, destination, 0, 0, number);
  }

  BpfAssembler add(int destination, int source) {
    return emit(CLASS_ALU64 | ALU_ADD | SOURCE_REGISTER, destination, source, 0, 0);
  }

  BpfAssembler addNumber(int destination, int number) {
    return emit(CLASS_ALU64 | ALU_ADD | SOURCE_IMMEDIATE, destination, 0, 0, number);
  }

  BpfAssembler andNumber(int destination, int number) {
    return emit(CLASS_ALU64 | ALU_AND | SOURCE_IMMEDIATE, destination, 0, 0, number);
  }

  BpfAssembler shiftLeft(int destination, int bits) {
    return emit(CLASS_ALU64 | ALU_LSH | SOURCE_IMMEDIATE, destination, 0, 0, bits);
  }

  /** Turns the lower 16 or 32 bits from network byte order to the machine's; the rest becomes 0. */
  BpfAssembler fromNetworkOrder(int register, int bits) {
    return emit(CLASS_ALU | ALU_END | END_TO_BIG, register, 0, 0, bits);
  }

  /** A 64-bit load of a map, as helper functions want it; takes two instructions. */
  BpfAssembler loadMap(int destination, int map) {
    emit(CLASS_LD | DOUBLE | MODE_IMM, destination, PSEUDO_MAP, 0, map);
    return emit(0, 0, 0, 0, 0);
  }

  /** The address of the only value of an array map, plus {@code offset}. */
  BpfAssembler loadMapValue(int destination, int map, int offset) {
    emit(CLASS_LD | DOUBLE | MODE_IMM, destination, PSEUDO_MAP_VALUE, 0, map);
    return emit(0, 0, 0, 0, offset);
  }

  BpfAssembler jump(String label) {
    return jumpTo(CLASS_JMP | JMP_ALWAYS, 0, 0, 0, label);
  }

  BpfAssembler jumpIfEqual(int register, int number, String label) {
    return jumpTo(CLASS_JMP32 | JMP_EQUAL, register, 0, number, label);
  }

  BpfAssembler jumpIfNotEqual(int register, int number, String label) {
    return jumpTo(CLASS_JMP32 | JMP_NOT_EQUAL, register, 0, number, label);
  }

  BpfAssembler jumpIfLess(int register, int number, String label) {
    return jumpTo(CLASS_JMP32 | JMP_LESS, register, 0, number, label);
  }

  BpfAssembler jumpIfGreater(int register, int number, String label) {
    return jumpTo(CLASS_JMP32 | JMP_GREATER, register, 0, number, label);
  }

  /** Jumps when any of the bits is set. */
  BpfAssembler jumpIfAnyBit(int register, int bits, String label) {
    return jumpTo(CLASS_JMP32 | JMP_SET, register, 0, bits, label);
  }

  /** Compares all 64 bits of two registers: the check of a pointer against a packet's end. */
  BpfAssembler jumpIfGreaterThan(int register, int other, String label) {
    return jumpTo(CLASS_JMP | JMP_GREATER | SOURCE_REGISTER, register, other, 0, label);
  }

  private BpfAssembler jumpTo(int opcode, int register, int other, int number, String label) {
    jumps.put(here(), label);
    return emit(opcode, register, other, 0, number);
  }

  /** Calls a helper function by its number. */
  BpfAssembler call(int helper) {
    return emit(CLASS_JMP | JMP_CALL, 0, 0, 0, helper);
  }

  BpfAssembler exit() {
    return emit(CLASS_JMP | JMP_EXIT, 0, 0, 0, 0);
  }

  /**
   * The instructions, with every jump resolved.
   *
   * @throws IllegalStateException when a label is missing or too far away
   */
  byte[] assemble() {
    for (Map.Entry<Integer, String> jump : jumps.entrySet()) {
      Integer target = labels.get(jump.getValue());
      if (target == null) {
        throw new IllegalStateException("there is no label " + jump.getValue());
      }
      int offset = target - jump.getKey() - 1;
      if (offset != (short) offset) {
        throw new IllegalStateException("the label " + jump.getValue() + " is too far away");
      }
      code.putShort(jump.getKey() * LENGTH + 2, (short) offset);
    }
    byte[] instructions = new byte[code.position()];
    code.get(0, instructions);
    return instructions;
  }
}
