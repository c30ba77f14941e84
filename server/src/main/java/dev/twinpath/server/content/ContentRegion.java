package dev.twinpath.server.content;

import io.netty.channel.DefaultFileRegion;

/**
 * A part of an open file on its way to a client. The kernel's transports see a {@link
 * DefaultFileRegion} and use sendfile or splice. It holds one lease, and returns it when it is
 * released; the shared file stays open.
 */
public final class ContentRegion extends DefaultFileRegion {
  private final OpenFile file;

  ContentRegion(OpenFile file, long position, long count) {
    super(file.channel(), position, count);
    this.file = file;
  }

  /** The file that it is a part of. */
  public OpenFile file() {
    return file;
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

  /** Does not close the file, unlike the default: others send from it. */
  @Override
  protected void deallocate() {
    file.release();
  }
}
