package dev.twinpath.server.content;

import dev.twinpath.nic.linux.FileStatus;
import dev.twinpath.nic.linux.FileSystemCalls;
import dev.twinpath.userstack.netty.MappedFile;
import io.netty.buffer.ByteBuf;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;

/**
 * One file, opened once. Size, time and tag all come from its descriptor, so they are those of the
 * bytes that are sent. The reference count is the number of leases, plus one while the cache holds
 * it; with the last one the descriptors are closed, on the blocking executor.
 *
 * <p>Thread-safe, except where a method names its thread.
 */
public final class OpenFile extends AbstractReferenceCounted {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
  private static final FastThreadLocal<FileStatus> STATUS =
      new FastThreadLocal<>() {
        @Override
        protected FileStatus initialValue() {
          return new FileStatus();
        }
      };

  private final String path;
  private final int descriptor;
  private final FileChannel channel;
  private final MappedFile mapping;
  private final FileStamp stamp;
  private final ByteBuf bytes;
  private final Object[] slots;
  private final Executor closer;
  volatile long validatedNanos;

  /** Set by every use, cleared by the eviction's hand: second chance. */
  volatile boolean used = true;

  OpenFile(
      String path,
      int descriptor,
      FileChannel channel,
      MappedFile mapping,
      FileStamp stamp,
      ByteBuf bytes,
      int slots,
      Executor closer) {
    this.path = path;
    this.descriptor = descriptor;
    this.channel = channel;
    this.mapping = mapping;
    this.stamp = stamp;
    this.bytes = bytes;
    this.slots = new Object[slots];
    this.closer = closer;
  }

  /** The path below the root, starting with a slash. */
  public String path() {
    return path;
  }

  /** Bytes of the file when it was opened. */
  public long size() {
    return stamp.size();
  }

  /** Identity, size and time of the file when it was opened. */
  public FileStamp stamp() {
    return stamp;
  }

  /** The file for sendfile and splice; shared, so nobody else may close or position it. */
  public FileChannel channel() {
    return channel;
  }

  /** The file's pages for the user path; the mapping lives as long as a lease or a region does. */
  public MappedFile mapping() {
    return mapping;
  }

  /** The whole file in memory, if it is small and there was room; else null. Not to be changed. */
  public ByteBuf bytes() {
    return bytes;
  }

  /**
   * Asks the kernel whether the open file is still what it was: one fstat, no disk. False after it
   * was written to, cut or lengthened. (Another file under the same name is found by revalidation.)
   */
  public boolean unchanged() {
    FileStatus status = STATUS.get();
    return FileSystemCalls.status(descriptor, status) == 0 && stamp.matches(status);
  }

  /**
   * A part of the file for a channel of either path, with a lease of its own that its deallocation
   * returns.
   *
   * @throws IllegalArgumentException if the part does not lie within {@link #size()}
   */
  public ContentRegion region(long position, long count) {
    ContentRegion region = new ContentRegion(this, position, count);
    retain();
    return region;
  }

  /** The size of the open file now, in bytes; -1 if the kernel does not say. */
  public long currentSize() {
    FileStatus status = STATUS.get();
    return FileSystemCalls.status(descriptor, status) == 0 ? status.size() : -1;
  }

  /** What an event loop keeps with this file; only that loop may ask. Null at first. */
  public ReferenceCounted slot(int loop) {
    return (ReferenceCounted) slots[loop];
  }

  /** Keeps something with this file until it is closed, and releases what was there before. */
  public void slot(int loop, ReferenceCounted value) {
    Object before = slots[loop];
    SLOT.setRelease(slots, loop, value);
    if (before != null) {
      ((ReferenceCounted) before).release();
    }
  }

  /** Takes one more lease. False if the file was closed in the meantime. */
  boolean tryLease() {
    try {
      retain();
      return true;
    } catch (io.netty.util.IllegalReferenceCountException e) {
      return false;
    }
  }

  @Override
  protected void deallocate() {
    closer.execute(this::close);
  }

  private void close() {
    for (int i = 0; i < slots.length; i++) {
      Object value = SLOT.getAcquire(slots, i);
      if (value != null) {
        ((ReferenceCounted) value).release();
      }
    }
    if (bytes != null) {
      bytes.release();
    }
    mapping.release();
    try {
      channel.close();
    } catch (IOException e) {
      // A descriptor opened for reading has nothing to lose at its close.
    }
    FileSystemCalls.close(descriptor);
  }

  @Override
  public OpenFile touch(Object hint) {
    return this;
  }

  @Override
  public String toString() {
    return path + " (" + stamp.size() + " bytes, " + refCnt() + " leases)";
  }
}
