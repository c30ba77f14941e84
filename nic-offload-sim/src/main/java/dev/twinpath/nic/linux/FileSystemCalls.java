package dev.twinpath.nic.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The system calls of a file server: opening below a directory without escaping it, the status of a
 * descriptor, reading, and listing. Names are passed as the bytes of their UTF-8 form, whatever the
 * locale of this process is. Errors come back as {@code -errno}. Thread-safe.
 */
public final class FileSystemCalls {
  /** Open for reading. */
  public static final int O_RDONLY = 0;

  /** Not inherited by child processes. */
  public static final int O_CLOEXEC = 0x80000;

  /** Fail unless it is a directory (the value is the architecture's own). */
  public static final int O_DIRECTORY = isArm() ? 0x4000 : 0x10000;

  /** Only a reference to the place, for openat. */
  public static final int O_PATH = 0x200000;

  /** {@code openat2}: never leave the tree below the directory, by dots or by symbolic links. */
  public static final long RESOLVE_BENEATH = 0x08;

  /** {@code openat2}: follow no {@code /proc}-style links. */
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;

  /** {@code openat2}: follow no symbolic links at all. */
  public static final long RESOLVE_NO_SYMLINKS = 0x04;

  /** The current directory, in place of a directory's descriptor. */
  public static final int AT_FDCWD = -100;

  /** {@link #statAt}: the link itself, not what it leads to. */
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;

  private static final long SYS_OPENAT2 = 437;
  private static final long SYS_GETDENTS64 = isArm() ? 61 : 217;
  private static final int DIRENT_LENGTH = 16;
  private static final int DIRENT_NAME = 19;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              POINTER,
              POINTER,
              ValueLayout.JAVA_LONG),
          CAPTURE,
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle FSTAT =
      bind("fstat", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, POINTER);
  private static final MethodHandle FSTATAT =
      bind(
          "fstatat",
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          POINTER,
          POINTER,
          ValueLayout.JAVA_INT);
  private static final MethodHandle OPENAT =
      bind("openat", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, POINTER, ValueLayout.JAVA_INT);
  private static final MethodHandle CLOSE =
      bind("close", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private static final ThreadLocal<MemorySegment> CALL_STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ERRNO_LAYOUT));

  private FileSystemCalls() {}

  private static boolean isArm() {
    return System.getProperty("os.arch").equals("aarch64");
  }

  private static MethodHandle bind(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        CAPTURE);
  }

  /**
   * Opens {@code path} relative to {@code directory} by openat2(2).
   *
   * @return the descriptor, or {@code -errno} ({@code -ENOSYS} before Linux 5.6)
   */
  public static int openAt2(int directory, String path, int flags, long resolve) {
    MemorySegment state = CALL_STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path, StandardCharsets.UTF_8);
      MemorySegment how = arena.allocate(24, 8);
      how.set(ValueLayout.JAVA_LONG, 0, flags);
      how.set(ValueLayout.JAVA_LONG, 16, resolve);
      long result =
          (long) SYSCALL.invokeExact(state, SYS_OPENAT2, (long) directory, name, how, 24L);
      return (int) (result < 0 ? -errno(state) : result);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Fills {@code status} from an open descriptor; 0 or {@code -errno}. */
  public static int status(int descriptor, FileStatus status) {
    MemorySegment state = CALL_STATE.get();
    try {
      int result = (int) FSTAT.invokeExact(state, descriptor, status.memory());
      return result < 0 ? -errno(state) : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Fills {@code status} from a name within a directory; 0 or {@code -errno}. */
  public static int statAt(int directory, String name, FileStatus status, int flags) {
    MemorySegment state = CALL_STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(name, StandardCharsets.UTF_8);
      int result = (int) FSTATAT.invokeExact(state, directory, path, status.memory(), flags);
      return result < 0 ? -errno(state) : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Opens {@code path} relative to {@code directory} by openat(2).
   *
   * @return the descriptor, or {@code -errno}
   */
  public static int openAt(int directory, String path, int flags) {
    MemorySegment state = CALL_STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path, StandardCharsets.UTF_8);
      int result = (int) OPENAT.invokeExact(state, directory, name, flags);
      return result < 0 ? -errno(state) : result;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Closes a descriptor; 0 or {@code -errno}. */
  public static int close(int descriptor) {
    MemorySegment state = CALL_STATE.get();
    try {
      int result = (int) CLOSE.invokeExact(state, descriptor);
      return result < 0 ? -errno(state) : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * The names in an open directory, without {@code .} and {@code ..}, in the file system's order,
   * at most {@code limit} of them. A name that is not UTF-8 gets U+FFFD and cannot be opened by it.
   *
   * @return 0 or {@code -errno}; {@code names} then has what was read before
   */
  public static int list(int directory, int limit, List<String> names) {
    MemorySegment state = CALL_STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(32 * 1024, 8);
      while (true) {
        long length =
            (long)
                SYSCALL.invokeExact(
                    state,
                    SYS_GETDENTS64,
                    (long) directory,
                    buffer,
                    MemorySegment.ofAddress(buffer.byteSize()),
                    0L);
        if (length <= 0) {
          return length < 0 ? -errno(state) : 0;
        }
        for (long at = 0; at < length; ) {
          String name = buffer.getString(at + DIRENT_NAME, StandardCharsets.UTF_8);
          at += Short.toUnsignedInt(buffer.get(ValueLayout.JAVA_SHORT, at + DIRENT_LENGTH));
          if (!name.equals(".") && !name.equals("..")) {
            if (names.size() >= limit) {
              return 0;
            }
            names.add(name);
          }
        }
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error) {
      throw (Error) e;
    }
    return e instanceof RuntimeException ? (RuntimeException) e : new IllegalStateException(e);
  }
}
