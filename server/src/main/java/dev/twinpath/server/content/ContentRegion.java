package dev.twinpath.server.content;

import dev.twinpath.sendfile.SharedFileRegion;
import dev.twinpath.userstack.netty.MappedFileRegion;
import java.nio.channels.FileChannel;

/**
 * A part of an open file on its way to a client, by either path. The kernel's transports see a
 * {@code DefaultFileRegion} and use sendfile or splice; the user stack's channel sees mapped pages.
 * It holds one lease, and returns it when it is released; the shared file stays open.
 */
public final class ContentRegion extends MappedFileRegion implements SharedFileRegion {
  private final OpenFile file;

  ContentRegion(OpenFile file, long position, long count) {
    super(file.channel(), file.mapping(), position, count);
    this.file = file;
  }

  /** The file that it is a part of. */
  public OpenFile file() {
    return file;
  }

  @Override
  public FileChannel fileChannel() {
    return file.channel();
  }

  /**
   * True if the file has become too short for this region; false also when it is closed already.
   */
  public boolean truncated() {
    if (!file.tryLease()) {
      return false;
    }
    try {
      return file.currentSize() < position() + count();
    } finally {
      file.release();
    }
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    file.release();
  }

  @Override
  public ContentRegion retain() {
    super.retain();
    return this;
  }

  @Override
  public ContentRegion retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public ContentRegion touch() {
    return this;
  }

  @Override
  public ContentRegion touch(Object hint) {
    return this;
  }
}
