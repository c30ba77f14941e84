package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The file of a memory wire between two processes: its header, its rings' places, and who holds
 * which end.
 *
 * <p>Ends are held by open-file-description locks (fcntl(2)): they go with the process, and unlike
 * the process-wide locks of {@code FileChannel} they are not lost when somebody in the process
 * closes another descriptor of the file.
 */
final class SharedWireFile implements Closeable {
  private static final long MAGIC = 0x7477696e57495245L; // "twinWIRE"
  private static final int VERSION = 1;
  private static final int HEADER_LENGTH = 4096;
  private static final int MAGIC_OFFSET = 0;
  private static final int VERSION_OFFSET = 8;
  private static final int QUEUES_OFFSET = 12;
  private static final int RING_OFFSET = 16;
  private static final int PARAMETERS_LENGTH = 24;

  /** The bytes that locks are on: to attach or detach, and one for each end. */
  private static final int ATTACH_LOCK = 64;

  private static final int END_LOCK = 65;

  private static final int F_WRLCK = 1;
  private static final int F_UNLCK = 2;

  private final int fd;
  private final Arena arena = Arena.ofShared();
  private final long flock = arena.allocate(32, 8).address();
  private final long parameters = arena.allocate(PARAMETERS_LENGTH, 8).address();
  private long mapped;
  private long mappedLength;
  private boolean closed;

  private SharedWireFile(int fd) {
    this.fd = fd;
  }

  static SharedWireFile open(Path path) throws IOException {
    int flags = Linux.O_RDWR | Linux.O_CREAT | Linux.O_CLOEXEC;
    int fd = Linux.open(path.toString(), flags, 0600);
    if (fd < 0) {
      throw new IOException("cannot open " + path + ": " + Errno.describe(-fd));
    }
    return new SharedWireFile(fd);
  }

  /** Where a ring begins in the file. */
  static long ringOffset(int ring, int ringBytes) {
    return HEADER_LENGTH + ring * (ringBytes + 4096L);
  }

  /** Waits until nobody else attaches or detaches. */
  void lockForAttaching() throws IOException {
    check(lock(Linux.F_OFD_SETLKW, F_WRLCK, ATTACH_LOCK), "lock");
  }

  void unlockForAttaching() throws IOException {
    check(lock(Linux.F_OFD_SETLK, F_UNLCK, ATTACH_LOCK), "unlock");
  }

  /** Whether a path still leads to this file. */
  boolean isStillAt(Path path) throws IOException {
    try {
      return (long) Files.getAttribute(path, "unix:ino") == Linux.fstatInode(fd);
    } catch (NoSuchFileException removed) {
      return false;
    }
  }

  /** Whether somebody else holds an end, 0 or 1. */
  synchronized boolean isTaken(int end) {
    if (closed) {
      return false;
    }
    int status = lock(Linux.F_OFD_GETLK, F_WRLCK, END_LOCK + end);
    return status >= 0 && Memory.getShort(flock) != F_UNLCK;
  }

  /** Takes a free end, and writes the file anew when it is not as wanted and nobody else has it. */
  int takeEnd(int queues, int ringBytes) throws IOException {
    int side = 0;
    if (lock(Linux.F_OFD_SETLK, F_WRLCK, END_LOCK) < 0) {
      side = 1;
      if (lock(Linux.F_OFD_SETLK, F_WRLCK, END_LOCK + 1) < 0) {
        throw new IOException("both ends of the wire are taken");
      }
    }
    String difference = difference(queues, ringBytes);
    if (difference != null) {
      if (isTaken(1 - side)) {
        throw new IOException(difference);
      }
      format(queues, ringBytes);
    }
    mappedLength = ringOffset(2 * queues, ringBytes);
    return side;
  }

  private String difference(int queues, int ringBytes) {
    Memory.fill(parameters, PARAMETERS_LENGTH, 0);
    Linux.pread(fd, parameters, PARAMETERS_LENGTH, 0);
    if (Memory.getLong(parameters + MAGIC_OFFSET) != MAGIC
        || Memory.getInt(parameters + VERSION_OFFSET) != VERSION) {
      return "the file is no memory wire of version " + VERSION;
    }
    int theirQueues = Memory.getInt(parameters + QUEUES_OFFSET);
    int theirRing = Memory.getInt(parameters + RING_OFFSET);
    if (theirQueues != queues || theirRing != ringBytes) {
      return String.format(
          "the peer has %d queues of %d bytes, not %d of %d",
          theirQueues, theirRing, queues, ringBytes);
    }
    long length = ringOffset(2 * queues, ringBytes);
    return Linux.fstatSize(fd) == length ? null : "the wire's file was cut short";
  }

  private void format(int queues, int ringBytes) throws IOException {
    long length = ringOffset(2 * queues, ringBytes);
    check(Linux.ftruncate(fd, 0), "truncate");
    check(Linux.ftruncate(fd, length), "extend");
    // Written, not only extended: a full /dev/shm is an error now, not a SIGBUS later.
    try (Arena scratch = Arena.ofConfined()) {
      long zeros = scratch.allocate(1 << 16, 8).address();
      for (long at = 0; at < length; ) {
        at += check(Linux.pwrite(fd, zeros, Math.min(1 << 16, length - at), at), "fill");
      }
    }
    Memory.putLong(parameters + MAGIC_OFFSET, MAGIC);
    Memory.putInt(parameters + VERSION_OFFSET, VERSION);
    Memory.putInt(parameters + QUEUES_OFFSET, queues);
    Memory.putInt(parameters + RING_OFFSET, ringBytes);
    check(Linux.pwrite(fd, parameters, PARAMETERS_LENGTH, 0), "write");
  }

  /** Maps the file; the mapping lasts until {@link #close}. */
  long map() throws IOException {
    int protection = Linux.PROT_READ | Linux.PROT_WRITE;
    mapped = check(Linux.mmap(mappedLength, protection, Linux.MAP_SHARED, fd, 0), "map");
    return mapped;
  }

  private int lock(int command, int type, long position) {
    // struct flock: type(2) whence(2) start(8 at 8) length(8 at 16) pid(4 at 24), pid 0 for OFD.
    Memory.fill(flock, 32, 0);
    Memory.putShort(flock, type);
    Memory.putLong(flock + 8, position);
    Memory.putLong(flock + 16, 1);
    return Linux.fcntl(fd, command, flock);
  }

  private static long check(long status, String what) throws IOException {
    if (status < 0) {
      throw new IOException("cannot " + what + " the wire's file: " + Errno.describe(-status));
    }
    return status;
  }

  /** Lets the end go, with all locks, and unmaps. */
  @Override
  public synchronized void close() {
    closed = true;
    if (mapped != 0) {
      Linux.munmap(mapped, mappedLength);
      mapped = 0;
    }
    Linux.close(fd);
    arena.close();
  }
}
