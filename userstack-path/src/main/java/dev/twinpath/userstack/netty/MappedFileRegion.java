package dev.twinpath.userstack.netty;

import io.netty.channel.DefaultFileRegion;
import java.nio.channels.FileChannel;

/**
 * A part of one file for both data paths: a {@link DefaultFileRegion} for the kernel's transports,
 * mapped pages for the user-level stack.
 *
 * <p>It shares the file with other regions: {@link #deallocate()} gives its reference to the
 * mapping back and leaves the channel open, unlike {@link DefaultFileRegion}, which closes it.
 */
public class MappedFileRegion extends DefaultFileRegion implements MappedRegion {
  private final MappedFile mappedFile;
  private long acknowledged;

  /**
   * @param channel the open file, also the source of the kernel's transports; never closed here
   * @param mappedFile the mapping of the same file; retained until this region is deallocated
   * @param position first byte in the file, at least 0
   * @param count bytes to send, at least 0
   * @throws IllegalArgumentException if the part does not lie within the mapping
   */
  public MappedFileRegion(FileChannel channel, MappedFile mappedFile, long position, long count) {
    super(channel, position, count);
    if (position + count > mappedFile.length()) {
      throw new IllegalArgumentException(
          "bytes " + position + " + " + count + " of a file of " + mappedFile.length());
    }
    this.mappedFile = mappedFile.retain();
  }

  @Override
  public MappedFile mappedFile() {
    return mappedFile;
  }

  @Override
  public void advance(long bytes) {
    acknowledged += bytes;
  }

  /** Bytes sent by a kernel transport, or acknowledged by the peer of a user-level connection. */
  @Override
  public long transferred() {
    return acknowledged + super.transferred();
  }

  @Override
  @Deprecated
  public long transfered() {
    return transferred();
  }

  @Override
  protected void deallocate() {
    mappedFile.release();
  }
}
