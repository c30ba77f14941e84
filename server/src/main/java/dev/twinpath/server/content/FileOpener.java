package dev.twinpath.server.content;

import dev.twinpath.nic.linux.FileStatus;
import dev.twinpath.nic.linux.FileSystemCalls;
import dev.twinpath.server.content.Lookup.Kind;
import dev.twinpath.userstack.netty.MappedFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;

/** Opens one file, and reads it into memory if it is small. Blocks. */
final class FileOpener {
  private static final int READ_ATTEMPTS = 3;

  private FileOpener() {}

  /** What was found under a path: a descriptor and its state, or a reason. */
  record Found(Kind kind, int descriptor, FileStamp stamp) {
    void close() {
      if (descriptor >= 0) {
        FileSystemCalls.close(descriptor);
      }
    }
  }

  static Found find(Root root, String path) {
    int descriptor = root.open(path);
    if (descriptor < 0) {
      return new Found(kindOf(descriptor), -1, null);
    }
    FileStatus status = new FileStatus();
    int result = FileSystemCalls.status(descriptor, status);
    if (result == 0 && status.isRegular()) {
      return new Found(Kind.FILE, descriptor, FileStamp.of(status));
    }
    FileSystemCalls.close(descriptor);
    if (result < 0) {
      return new Found(Kind.FAILED, -1, null);
    }
    return new Found(status.isDirectory() ? Kind.DIRECTORY : Kind.FORBIDDEN, -1, null);
  }

  /**
   * Opens what was found for reading: through its own descriptor, so that it is the same file.
   *
   * @param intoMemory true to read the whole file as well
   * @throws IOException if it may not be read, or no descriptor is left; {@code found} stays open
   */
  static OpenFile open(String path, Found found, boolean intoMemory, int slots, Executor closer)
      throws IOException {
    FileChannel channel =
        FileChannel.open(Root.procPath(found.descriptor()), StandardOpenOption.READ);
    try {
      MappedFile mapping = MappedFile.map(channel, found.stamp().size());
      ByteBuf bytes = intoMemory ? readWhole(channel, found.descriptor(), found.stamp()) : null;
      return new OpenFile(
          path, found.descriptor(), channel, mapping, found.stamp(), bytes, slots, closer);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  static Kind kindOf(IOException e) {
    if (e instanceof AccessDeniedException) {
      return Kind.FORBIDDEN;
    }
    if (e instanceof NoSuchFileException) {
      return Kind.NOT_FOUND;
    }
    boolean full =
        e instanceof FileSystemException
            && String.valueOf(((FileSystemException) e).getReason()).contains("Too many open");
    return full ? Kind.OVERLOADED : Kind.FAILED;
  }

  static Kind kindOf(int negativeErrno) {
    switch (-negativeErrno) {
      case Root.ENOENT:
      case Root.ENOTDIR:
      case Root.ENAMETOOLONG:
        return Kind.NOT_FOUND;
      case Root.EACCES:
      case Root.EPERM:
      case Root.EXDEV:
      case Root.ELOOP:
      case Root.ENXIO:
      case Root.ENODEV:
        return Kind.FORBIDDEN;
      case Root.EMFILE:
      case Root.ENFILE:
      case Root.EAGAIN:
        return Kind.OVERLOADED;
      default:
        return Kind.FAILED;
    }
  }

  /**
   * The whole file in one off-heap buffer, or null if it changes faster than it can be read. The
   * state before and after the read must be the same, or the bytes could be of two versions.
   */
  private static ByteBuf readWhole(FileChannel channel, int descriptor, FileStamp stamp) {
    FileStatus status = new FileStatus();
    int size = (int) stamp.size();
    for (int i = 0; i < READ_ATTEMPTS; i++) {
      ByteBuf bytes = Unpooled.directBuffer(Math.max(1, size), Math.max(1, size));
      boolean whole = read(channel, bytes, size);
      if (whole && FileSystemCalls.status(descriptor, status) == 0 && stamp.matches(status)) {
        return bytes;
      }
      bytes.release();
    }
    return null;
  }

  /** False if the file ended early or could not be read: the transfer itself will meet that. */
  private static boolean read(FileChannel channel, ByteBuf bytes, int size) {
    try {
      while (bytes.readableBytes() < size) {
        int at = bytes.readableBytes();
        int count = bytes.setBytes(at, channel, at, size - at);
        if (count <= 0) {
          return false;
        }
        bytes.writerIndex(at + count);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
