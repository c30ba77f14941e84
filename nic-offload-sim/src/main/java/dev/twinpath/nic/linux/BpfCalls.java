package dev.twinpath.nic.linux;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * The few commands of {@code bpf(2)} that an XDP program needs; {@code union bpf_attr} as in
 * linux/bpf.h. None is for the hot path. A call returns {@code -errno} when it fails.
 */
public final class BpfCalls {
  /** An array of values in the kernel. */
  public static final int MAP_TYPE_ARRAY = 2;

  /** An array of AF_XDP sockets, to redirect frames to. */
  public static final int MAP_TYPE_XSKMAP = 17;

  /** The program copes with frames that lie in several pieces. */
  public static final int XDP_HAS_FRAGS = 1 << 5;

  /** Attach below the driver's receive path, on socket buffers: any device can. */
  public static final int XDP_FLAGS_GENERIC = 1 << 1;

  /** Attach in the driver. */
  public static final int XDP_FLAGS_NATIVE = 1 << 2;

  private static final long SYS_BPF = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
  private static final long MAP_CREATE = 0;
  private static final long MAP_LOOKUP_ELEMENT = 1;
  private static final long MAP_UPDATE_ELEMENT = 2;
  private static final long PROGRAM_LOAD = 5;
  private static final long LINK_CREATE = 28;

  private static final int PROGRAM_TYPE_XDP = 6;
  private static final int ATTACH_TYPE_XDP = 37;
  private static final int LOG_LENGTH = 64 * 1024;

  /** More than any attribute used here needs; the kernel wants what it does not know to be 0. */
  private static final int ATTRIBUTES_LENGTH = 72;

  private static final MethodHandle SYSCALL =
      Linux.bind(
          "syscall",
          1,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG);

  private BpfCalls() {}

  /** Makes a map whose keys are {@code int}; returns its descriptor. */
  public static int createMap(int type, int valueLength, int entries, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ATTRIBUTES_LENGTH, 8);
      long at = attributes.address();
      Memory.putInt(at, type);
      Memory.putInt(at + 4, Integer.BYTES);
      Memory.putInt(at + 8, valueLength);
      Memory.putInt(at + 12, entries);
      putName(attributes, 28, name);
      return call(MAP_CREATE, at);
    }
  }

  /** Stores the value at {@code value} under a key of a map; 0 or {@code -errno}. */
  public static int update(int map, int key, long value) {
    return element(MAP_UPDATE_ELEMENT, map, key, value);
  }

  /** Copies the value under a key of a map to {@code value}; 0 or {@code -errno}. */
  public static int lookUp(int map, int key, long value) {
    return element(MAP_LOOKUP_ELEMENT, map, key, value);
  }

  private static int element(long command, int map, int key, long value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment keyMemory = arena.allocate(8, 8);
      Memory.putInt(keyMemory.address(), key);
      long at = arena.allocate(ATTRIBUTES_LENGTH, 8).address();
      Memory.putInt(at, map);
      Memory.putLong(at + 8, keyMemory.address());
      Memory.putLong(at + 16, value);
      return call(command, at);
    }
  }

  /**
   * Loads an XDP program.
   *
   * @param instructions of 8 bytes each, in the machine's byte order
   * @param flags {@link #XDP_HAS_FRAGS} or 0
   * @param log gets the verifier's words when it refuses the program
   * @return its descriptor
   */
  public static int loadProgram(
      byte[] instructions, int flags, String name, String license, StringBuilder log) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(instructions.length, 8);
      Memory.copy(instructions, 0, code.address(), instructions.length);
      MemorySegment attributes = arena.allocate(ATTRIBUTES_LENGTH, 8);
      long at = attributes.address();
      Memory.putInt(at, PROGRAM_TYPE_XDP);
      Memory.putInt(at + 4, instructions.length / 8);
      Memory.putLong(at + 8, code.address());
      Memory.putLong(at + 16, arena.allocateFrom(license).address());
      Memory.putInt(at + 44, flags);
      putName(attributes, 48, name);
      Memory.putInt(at + 68, ATTACH_TYPE_XDP);
      int program = call(PROGRAM_LOAD, at);
      if (program == -Errno.EACCES || program == -Errno.EINVAL) {
        // The verifier says why only when it is asked to.
        MemorySegment words = arena.allocate(LOG_LENGTH, 8);
        Memory.putInt(at + 24, 1);
        Memory.putInt(at + 28, LOG_LENGTH);
        Memory.putLong(at + 32, words.address());
        program = call(PROGRAM_LOAD, at);
        log.append(words.getString(0));
      }
      return program;
    }
  }

  /**
   * Attaches an XDP program to a device of the calling thread's network namespace, until the
   * returned descriptor, a link, is closed.
   *
   * @param flags {@link #XDP_FLAGS_NATIVE} or {@link #XDP_FLAGS_GENERIC}
   */
  public static int attach(int program, int device, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(ATTRIBUTES_LENGTH, 8).address();
      Memory.putInt(at, program);
      Memory.putInt(at + 4, device);
      Memory.putInt(at + 8, ATTACH_TYPE_XDP);
      Memory.putInt(at + 12, flags);
      return call(LINK_CREATE, at);
    }
  }

  private static void putName(MemorySegment attributes, int offset, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    Memory.copy(bytes, 0, attributes.address() + offset, Math.min(bytes.length, 15));
  }

  private static int call(long command, long attributes) {
    try {
      MemorySegment state = Linux.state();
      long length = ATTRIBUTES_LENGTH;
      long result = (long) SYSCALL.invokeExact(state, SYS_BPF, command, attributes, length);
      return (int) Linux.result(result, state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }
}
