package dev.twinpath.server.content;

import dev.twinpath.nic.linux.FileSystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * The directory that is served, and the only way into it. Every open goes through the directory's
 * own descriptor, so renaming it under the server changes nothing, and the kernel itself refuses to
 * leave it ({@code RESOLVE_BENEATH}), whatever links are swapped in meanwhile. Calls may block.
 */
final class Root implements AutoCloseable {
  static final int ENOENT = 2;
  static final int EACCES = 13;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int ENAMETOOLONG = 36;
  static final int ENOSYS = 38;
  static final int ELOOP = 40;
  static final int EPERM = 1;
  static final int EAGAIN = 11;
  static final int ENXIO = 6;
  static final int ENODEV = 19;

  private final Path realPath;
  private final int directory;
  private final boolean kernelResolves;

  private Root(Path realPath, int directory, boolean kernelResolves) {
    this.realPath = realPath;
    this.directory = directory;
    this.kernelResolves = kernelResolves;
  }

  /**
   * Opens a directory as a root.
   *
   * @throws IOException with one clear line: missing, not a directory, or not readable
   */
  static Root open(Path path) throws IOException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException(path.toString(), null, "there is no such directory");
    }
    if (!Files.isDirectory(real)) {
      throw new NotDirectoryException(path + ": not a directory");
    }
    int flags = FileSystemCalls.O_RDONLY | FileSystemCalls.O_DIRECTORY | FileSystemCalls.O_CLOEXEC;
    int opened = FileSystemCalls.openAt2(FileSystemCalls.AT_FDCWD, real.toString(), flags, 0);
    if (opened == -ENOSYS || opened == -EPERM) {
      // Before Linux 5.6, or behind a seccomp filter that does not know openat2.
      opened = FileSystemCalls.openAt(FileSystemCalls.AT_FDCWD, real.toString(), flags);
      if (opened >= 0) {
        return new Root(real, opened, false);
      }
    }
    if (opened == -EACCES) {
      throw new IOException(path + ": not readable by this user");
    }
    if (opened < 0) {
      throw new IOException(path + ": cannot be opened (errno " + -opened + ")");
    }
    return new Root(real, opened, true);
  }

  /** The root's own path, without links. */
  Path realPath() {
    return realPath;
  }

  /**
   * Finds a file or a directory and keeps hold of it ({@code O_PATH}). Nothing is opened for
   * reading yet, so that a device or a FIFO notices nothing; {@link #procPath} does that.
   *
   * @param path starts with a slash and has no {@code .} or {@code ..} components
   * @return the descriptor, or {@code -errno}; -EXDEV for what lies outside
   */
  int open(String path) {
    String relative = relative(path);
    if (!kernelResolves) {
      return openAndVerify(relative);
    }
    long beneath = FileSystemCalls.RESOLVE_BENEATH | FileSystemCalls.RESOLVE_NO_MAGICLINKS;
    int opened = FileSystemCalls.openAt2(directory, relative, flags(), beneath);
    if (opened == -EAGAIN) {
      // A rename raced with the resolution of "..": the kernel asks for another try.
      opened = FileSystemCalls.openAt2(directory, relative, flags(), beneath);
    }
    return opened == -EXDEV ? openThroughAbsoluteLink(relative) : opened;
  }

  /**
   * A link with an absolute target leaves by RESOLVE_BENEATH's rules even where it leads back in.
   */
  private int openThroughAbsoluteLink(String relative) {
    try {
      Path target = realPath.resolve(relative).toRealPath();
      if (!target.startsWith(realPath)) {
        return -EXDEV;
      }
      String inside = realPath.relativize(target).toString();
      long noLinks =
          FileSystemCalls.RESOLVE_BENEATH
              | FileSystemCalls.RESOLVE_NO_MAGICLINKS
              | FileSystemCalls.RESOLVE_NO_SYMLINKS;
      return FileSystemCalls.openAt2(directory, inside.isEmpty() ? "." : inside, flags(), noLinks);
    } catch (IOException | RuntimeException e) {
      return -EXDEV;
    }
  }

  /** Without openat2: opens, then asks the kernel where that descriptor really is. */
  private int openAndVerify(String relative) {
    int opened = FileSystemCalls.openAt(directory, relative, flags());
    if (opened < 0) {
      return opened;
    }
    try {
      if (Files.readSymbolicLink(procPath(opened)).startsWith(realPath)) {
        return opened;
      }
    } catch (IOException e) {
      // No /proc: then nothing can be proved, and nothing is served.
    }
    FileSystemCalls.close(opened);
    return -EXDEV;
  }

  /** An open descriptor as a path of its own: opening it again needs no walk through the tree. */
  static Path procPath(int descriptor) {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  private static int flags() {
    return FileSystemCalls.O_PATH | FileSystemCalls.O_CLOEXEC;
  }

  /** Opens a directory that {@link #open} found, for listing; the descriptor or {@code -errno}. */
  static int openForListing(int found) {
    return FileSystemCalls.openAt(
        found,
        ".",
        FileSystemCalls.O_RDONLY | FileSystemCalls.O_DIRECTORY | FileSystemCalls.O_CLOEXEC);
  }

  private static String relative(String path) {
    String relative = path.substring(1);
    return relative.isEmpty() ? "." : relative;
  }

  @Override
  public void close() {
    FileSystemCalls.close(directory);
  }
}
