package dev.twinpath.nic.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The few Linux system calls that Java does not offer, bound once.
 *
 * <p>A call returns what the C library's function returns, or {@code -errno}: never an exception,
 * so that the hot path can look at EAGAIN for nothing. Addresses are absolute. Needs {@code
 * --enable-native-access}. Safe from any thread.
 */
public final class Linux {
  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0x40;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x80000;

  public static final int PROT_READ = 1;
  public static final int PROT_WRITE = 2;
  public static final int MAP_SHARED = 1;
  public static final int MAP_PRIVATE = 2;
  public static final int MAP_ANONYMOUS = 0x20;
  public static final int MAP_NORESERVE = 0x4000;
  public static final int MADV_SEQUENTIAL = 2;
  public static final int MADV_WILLNEED = 3;
  public static final int MADV_DONTNEED = 4;
  public static final int MADV_HUGEPAGE = 14;

  public static final int EFD_NONBLOCK = O_NONBLOCK;
  public static final int EFD_CLOEXEC = O_CLOEXEC;
  public static final int POLLIN = 1;
  public static final int CLONE_NEWNET = 0x40000000;

  /** {@code fcntl(2)} commands for locks that belong to an open file, not to a process. */
  public static final int F_OFD_GETLK = 36;

  public static final int F_OFD_SETLK = 37;
  public static final int F_OFD_SETLKW = 38;

  /** Where {@code st_ino} is in {@code struct stat}, on x86-64 and aarch64 alike. */
  private static final int STAT_INODE_OFFSET = 8;

  /** Where {@code st_size} is in {@code struct stat}, on x86-64 and aarch64 alike. */
  private static final int STAT_SIZE_OFFSET = 48;

  private static final int STAT_LENGTH = 144;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final ThreadLocal<MemorySegment> ERRNO =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ERRNO_LAYOUT));

  private static final MethodHandle OPEN = bind("open", 2, INT, LONG, INT, INT);
  private static final MethodHandle CLOSE = bind("close", -1, INT, INT);
  private static final MethodHandle READ = bind("read", -1, LONG, INT, LONG, LONG);
  private static final MethodHandle WRITE = bind("write", -1, LONG, INT, LONG, LONG);
  private static final MethodHandle READV = bind("readv", -1, LONG, INT, LONG, INT);
  private static final MethodHandle WRITEV = bind("writev", -1, LONG, INT, LONG, INT);
  private static final MethodHandle IOCTL = bind("ioctl", 2, INT, INT, LONG, LONG);
  private static final MethodHandle MMAP = bind("mmap", -1, LONG, LONG, LONG, INT, INT, INT, LONG);
  private static final MethodHandle MUNMAP = bind("munmap", -1, INT, LONG, LONG);
  private static final MethodHandle MADVISE = bind("madvise", -1, INT, LONG, LONG, INT);
  private static final MethodHandle MINCORE = bind("mincore", -1, INT, LONG, LONG, LONG);
  private static final MethodHandle EVENTFD = bind("eventfd", -1, INT, INT, INT);
  private static final MethodHandle POLL = bind("poll", -1, INT, LONG, LONG, INT);
  private static final MethodHandle PPOLL = bind("ppoll", -1, INT, LONG, LONG, LONG, LONG);
  private static final MethodHandle MKFIFO = bind("mkfifo", -1, INT, LONG, INT);
  private static final MethodHandle SETNS = bind("setns", -1, INT, INT, INT);
  private static final MethodHandle FSTAT = bind("fstat", -1, INT, INT, LONG);
  private static final MethodHandle FCNTL = bind("fcntl", 2, INT, INT, INT, LONG);
  private static final MethodHandle FTRUNCATE = bind("ftruncate", -1, INT, INT, LONG);
  private static final MethodHandle DUP3 = bind("dup3", -1, INT, INT, INT, INT);
  private static final MethodHandle PREAD = bind("pread", -1, LONG, INT, LONG, LONG, LONG);
  private static final MethodHandle PWRITE = bind("pwrite", -1, LONG, INT, LONG, LONG, LONG);

  private Linux() {}

  /** A call of the C library; its first argument is the memory that takes errno. */
  static MethodHandle bind(
      String name, int firstVariadic, ValueLayout result, ValueLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    MemorySegment function = linker.defaultLookup().findOrThrow(name);
    FunctionDescriptor type = FunctionDescriptor.of(result, arguments);
    Linker.Option errno = Linker.Option.captureCallState("errno");
    return firstVariadic < 0
        ? linker.downcallHandle(function, type, errno)
        : linker.downcallHandle(
            function, type, errno, Linker.Option.firstVariadicArg(firstVariadic));
  }

  /** The calling thread's own memory for errno, the first argument of every call. */
  static MemorySegment state() {
    return ERRNO.get();
  }

  static long result(long value, MemorySegment state) {
    return value >= 0 ? value : -(long) state.get(INT, 0);
  }

  static AssertionError unexpected(Throwable thrown) {
    if (thrown instanceof Error) {
      throw (Error) thrown;
    }
    return new AssertionError("a downcall does not throw", thrown);
  }

  /** {@code open(2)}; returns a descriptor. */
  public static int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = ERRNO.get();
      long name = arena.allocateFrom(path).address();
      return (int) result((int) OPEN.invokeExact(state, name, flags, mode), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code close(2)}. */
  public static int close(int fd) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code read(2)}; returns bytes read. */
  public static long read(int fd, long address, long length) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) READ.invokeExact(state, fd, address, length), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code write(2)}; returns bytes written. */
  public static long write(int fd, long address, long length) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) WRITE.invokeExact(state, fd, address, length), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code readv(2)} into an array of {@link IoVector} entries; returns bytes read. */
  public static long readv(int fd, long vector, int count) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) READV.invokeExact(state, fd, vector, count), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code writev(2)} from an array of {@link IoVector} entries; returns bytes written. */
  public static long writev(int fd, long vector, int count) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) WRITEV.invokeExact(state, fd, vector, count), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code ioctl(2)}; the argument is a value or an address, as the request says. */
  public static int ioctl(int fd, long request, long argument) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) IOCTL.invokeExact(state, fd, request, argument), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code mmap(2)} at an address of the kernel's choice; returns the address. */
  public static long mmap(long length, int protection, int flags, int fd, long offset) {
    try {
      MemorySegment state = ERRNO.get();
      long none = 0;
      long address = (long) MMAP.invokeExact(state, none, length, protection, flags, fd, offset);
      return result(address, state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code munmap(2)}. */
  public static int munmap(long address, long length) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) MUNMAP.invokeExact(state, address, length), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code madvise(2)}; the address is page-aligned. */
  public static int madvise(long address, long length, int advice) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) MADVISE.invokeExact(state, address, length, advice), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * {@code mincore(2)}: one byte a page at {@code vector}, its lowest bit set where the page is
   * resident; the address is page-aligned.
   */
  public static int mincore(long address, long length, long vector) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) MINCORE.invokeExact(state, address, length, vector), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code eventfd(2)}; returns a descriptor. */
  public static int eventfd(int initial, int flags) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) EVENTFD.invokeExact(state, initial, flags), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * {@code poll(2)} on an array of {@code struct pollfd} (int fd, short events, short revents).
   *
   * @param timeoutMillis -1 waits without end
   * @return how many are ready
   */
  public static int poll(long descriptors, int count, int timeoutMillis) {
    try {
      MemorySegment state = ERRNO.get();
      long n = count;
      return (int) result((int) POLL.invokeExact(state, descriptors, n, timeoutMillis), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * {@code ppoll(2)} without a signal mask: {@link #poll} with a finer clock.
   *
   * @param timespec seconds(8) and nanoseconds(8) to wait at most; 0 waits without end
   */
  public static int ppoll(long descriptors, int count, long timespec) {
    try {
      MemorySegment state = ERRNO.get();
      long n = count;
      long noMask = 0;
      return (int) result((int) PPOLL.invokeExact(state, descriptors, n, timespec, noMask), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code mkfifo(3)}. */
  public static int mkfifo(String path, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = ERRNO.get();
      long name = arena.allocateFrom(path).address();
      return (int) result((int) MKFIFO.invokeExact(state, name, mode), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code setns(2)}: moves the calling thread, and no other, into a namespace. */
  public static int setns(int fd, int type) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) SETNS.invokeExact(state, fd, type), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The size that {@code fstat(2)} tells of a descriptor. */
  public static long fstatSize(int fd) {
    return fstat(fd, STAT_SIZE_OFFSET);
  }

  /** The inode number that {@code fstat(2)} tells of a descriptor. */
  public static long fstatInode(int fd) {
    return fstat(fd, STAT_INODE_OFFSET);
  }

  private static long fstat(int fd, int offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = ERRNO.get();
      MemorySegment stat = arena.allocate(STAT_LENGTH, 8);
      long address = stat.address();
      long status = result((int) FSTAT.invokeExact(state, fd, address), state);
      return status < 0 ? status : stat.get(LONG, offset);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code fcntl(2)} with an argument that is a value or an address, as the command says. */
  public static int fcntl(int fd, int command, long argument) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) FCNTL.invokeExact(state, fd, command, argument), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code dup3(2)}: makes {@code newFd} another name of what {@code oldFd} is open on. */
  public static int dup3(int oldFd, int newFd, int flags) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) DUP3.invokeExact(state, oldFd, newFd, flags), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code ftruncate(2)}. */
  public static int ftruncate(int fd, long length) {
    try {
      MemorySegment state = ERRNO.get();
      return (int) result((int) FTRUNCATE.invokeExact(state, fd, length), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code pread(2)}; returns bytes read. */
  public static long pread(int fd, long address, long length, long position) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) PREAD.invokeExact(state, fd, address, length, position), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** {@code pwrite(2)}; returns bytes written. */
  public static long pwrite(int fd, long address, long length, long position) {
    try {
      MemorySegment state = ERRNO.get();
      return result((long) PWRITE.invokeExact(state, fd, address, length, position), state);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
