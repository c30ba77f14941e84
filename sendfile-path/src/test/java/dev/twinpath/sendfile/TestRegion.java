package dev.twinpath.sendfile;

import io.netty.channel.DefaultFileRegion;
import java.nio.channels.FileChannel;

/** A part of a shared file, as servers send it: releasing it does not close the file. */
final class TestRegion extends DefaultFileRegion implements SharedFileRegion {
  private final FileChannel file;
  volatile boolean deallocated;

  TestRegion(FileChannel file, long position, long count) {
    super(file, position, count);
    this.file = file;
  }

  @Override
  public FileChannel fileChannel() {
    return file;
  }

  @Override
  protected void deallocate() {
    deallocated = true;
  }

  @Override
  public TestRegion retain() {
    super.retain();
    return this;
  }

  @Override
  public TestRegion retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public TestRegion touch() {
    return this;
  }

  @Override
  public TestRegion touch(Object hint) {
    return this;
  }
}
