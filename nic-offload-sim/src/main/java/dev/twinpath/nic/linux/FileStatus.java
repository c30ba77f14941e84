package dev.twinpath.nic.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's {@code struct stat} of one file, as {@link FileSystemCalls} fills it. Reusable; one
 * thread at a time. The memory is freed by the collector.
 */
public final class FileStatus {
  private static final int SIZE = 144;
  // Only the mode lies differently: x86-64 has a 64-bit st_nlink before it, the generic layout does
  // not.
  private static final int MODE = System.getProperty("os.arch").equals("amd64") ? 24 : 16;
  private static final int DEVICE = 0;
  private static final int INODE = 8;
  private static final int LENGTH = 48;
  private static final int MODIFIED_SECONDS = 88;
  private static final int MODIFIED_NANOS = 96;

  private static final int TYPE_MASK = 0xF000;
  private static final int REGULAR = 0x8000;
  private static final int DIRECTORY = 0x4000;

  private final MemorySegment memory = Arena.ofAuto().allocate(SIZE, 8);

  MemorySegment memory() {
    return memory;
  }

  /** The length in bytes. */
  public long size() {
    return memory.get(ValueLayout.JAVA_LONG, LENGTH);
  }

  /** The inode's number within its device. */
  public long inode() {
    return memory.get(ValueLayout.JAVA_LONG, INODE);
  }

  /** The device that holds the inode. */
  public long device() {
    return memory.get(ValueLayout.JAVA_LONG, DEVICE);
  }

  /** The time of the last modification, in seconds since 1970. */
  public long modifiedSeconds() {
    return memory.get(ValueLayout.JAVA_LONG, MODIFIED_SECONDS);
  }

  /** The nanoseconds of the last modification, 0..999,999,999. */
  public int modifiedNanos() {
    return (int) memory.get(ValueLayout.JAVA_LONG, MODIFIED_NANOS);
  }

  /** True for a regular file. */
  public boolean isRegular() {
    return (memory.get(ValueLayout.JAVA_INT, MODE) & TYPE_MASK) == REGULAR;
  }

  /** True for a directory. */
  public boolean isDirectory() {
    return (memory.get(ValueLayout.JAVA_INT, MODE) & TYPE_MASK) == DIRECTORY;
  }
}
