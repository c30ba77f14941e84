package dev.twinpath.nic.fuzz;

import dev.twinpath.nic.linux.Linux;
import java.nio.file.Path;

/**
 * Memory that ends at a page which may not be touched: whoever reads one byte past the end takes a
 * fault. The page behind is one of a file mapping beyond the file's end, because that fault is an
 * {@link InternalError} where a protected page would be the end of the process.
 */
final class ReadGuard implements AutoCloseable {
  private static final int PAGE = 4096;

  private final long mapped;
  private final int length;

  /** The end of what may be read. */
  final long end;

  /**
   * @param file is made, with {@code pages} pages
   */
  ReadGuard(Path file, int pages) throws java.io.IOException {
    try (java.io.RandomAccessFile f = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      f.setLength((long) pages * PAGE);
    }
    int fd = Linux.open(file.toString(), Linux.O_RDWR | Linux.O_CLOEXEC, 0);
    length = (pages + 16) * PAGE;
    mapped = Linux.mmap(length, Linux.PROT_READ | Linux.PROT_WRITE, Linux.MAP_SHARED, fd, 0);
    Linux.close(fd);
    if (mapped < 0) {
      throw new java.io.IOException("mmap: errno " + -mapped);
    }
    end = mapped + (long) pages * PAGE;
  }

  @Override
  public void close() {
    Linux.munmap(mapped, length);
  }
}
