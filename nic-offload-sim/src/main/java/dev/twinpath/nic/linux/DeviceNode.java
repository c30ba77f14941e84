package dev.twinpath.nic.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A character device by its numbers, whatever name it has or lacks under {@code /dev}.
 *
 * @param major the driver's number
 * @param minor the device's number
 */
public record DeviceNode(int major, int minor) {
  private static final int S_IFCHR = 0x2000;
  private static final int OWNER_ONLY = 0x180;

  /** The C library has it as a function since glibc 2.33: bound when it is needed. */
  private static final class MakeNode {
    private static final MethodHandle HANDLE =
        Linux.bind(
            "mknod",
            -1,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG);
  }

  /**
   * Parses what sysfs writes: {@code 246:1}.
   *
   * @throws IOException when it is something else
   */
  public static DeviceNode parse(String text) throws IOException {
    String[] numbers = text.strip().split(":", -1);
    try {
      if (numbers.length == 2) {
        return new DeviceNode(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new IOException("\"" + text.strip() + "\" is not a device number such as 246:1");
  }

  /** Whether a file is this device. */
  public boolean isAt(Path path) {
    try {
      // dev_t is an unsigned 64-bit number, of which Java's attribute keeps all bits that matter.
      Object device = Files.getAttribute(path, "unix:rdev");
      return ((Number) device).longValue() == number();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Opens the device by a node made for it in a folder of its own, which is gone when this returns.
   *
   * @return a descriptor
   * @throws IOException with the reason
   */
  public int openPrivately(int flags) throws IOException {
    Path folder = Files.createTempDirectory("twinpath-device");
    Path node = folder.resolve("node");
    try (Arena arena = Arena.ofConfined()) {
      int status = make(arena.allocateFrom(node.toString()).address());
      if (status < 0) {
        throw new IOException("cannot make a device node: " + Errno.describe(-status));
      }
      int fd = Linux.open(node.toString(), flags, 0);
      if (fd < 0) {
        throw new IOException(
            "cannot open a device node in " + folder + ": " + Errno.describe(-fd));
      }
      return fd;
    } finally {
      Files.deleteIfExists(node);
      Files.delete(folder);
    }
  }

  private int make(long path) {
    try {
      MemorySegment state = Linux.state();
      int mode = S_IFCHR | OWNER_ONLY;
      long device = number();
      return (int)
          Linux.result((int) MakeNode.HANDLE.invokeExact(state, path, mode, device), state);
    } catch (Throwable t) {
      throw Linux.unexpected(t);
    }
  }

  /** As makedev(3) packs them. */
  private long number() {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (minor & 0xffL);
  }
}
