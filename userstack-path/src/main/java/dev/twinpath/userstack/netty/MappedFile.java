package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.linux.Linux;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * A file mapped read-only, for NICs to read: registered with each NIC on its first use there,
 * deregistered before it is unmapped. Any size, also empty and over 4 GiB. Thread-safe.
 *
 * <p>Reference counted, beginning with 1. Whoever queues its pages holds a reference until the NIC
 * is done with them, so that the last {@link #release} may unmap.
 */
public final class MappedFile extends AbstractReferenceCounted {
  private final FileChannel channel;
  private final long address;
  private final long length;
  private final Residency residency;
  private volatile Registration registrations;
  private volatile long sizeCheckedNanos = System.nanoTime() - Residency.LIFETIME_NANOS;
  private volatile long sizeChecked;

  /** A registration with one NIC; a list, since a file seldom meets more than one. */
  private record Registration(RegisteredMemory memory, int key, Registration next) {}

  private MappedFile(FileChannel channel, long address, Residency residency, long length) {
    this.channel = channel;
    this.address = address;
    this.length = length;
    this.residency = residency;
  }

  /**
   * Maps the first bytes of an open file. Does not read the file, but may wait for the file system:
   * not for an event loop.
   *
   * @param channel open for reading, and open as long as the mapping is used; stays the caller's
   * @param size bytes to map, from 0 to the file's size
   * @return the mapping, with one reference
   * @throws IOException if the file is shorter or cannot be mapped
   */
  public static MappedFile map(FileChannel channel, long size) throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("size: " + size);
    }
    if (size == 0) {
      return new MappedFile(channel, 0, new Residency(0, 0), 0);
    }
    if (size > channel.size()) {
      throw new IOException("the file has " + channel.size() + " bytes, not " + size);
    }
    // The global arena never unmaps: deallocate() does, without the handshake with every thread of
    // the
    // machine that closing a shared arena costs. Java code never touches these bytes.
    MemorySegment segment = channel.map(MapMode.READ_ONLY, 0, size, Arena.global());
    long address = segment.address();
    return new MappedFile(channel, address, new Residency(address, size), size);
  }

  /** For tests: the same mapping as seen by a process that mincore(2) does not tell the truth. */
  MappedFile withoutMincore() {
    return new MappedFile(channel, address, new Residency(address, length, false), length);
  }

  /** Absolute address of the first byte; 0 if the file is empty. */
  public long address() {
    return address;
  }

  /** Bytes mapped. */
  public long length() {
    return length;
  }

  /**
   * The key under which the NIC of this memory may read the file, registered on the first call.
   *
   * @throws IllegalStateException if the file is empty
   */
  public int region(RegisteredMemory memory) {
    for (Registration r = registrations; r != null; r = r.next()) {
      if (r.memory() == memory) {
        return r.key();
      }
    }
    return register(memory);
  }

  private synchronized int register(RegisteredMemory memory) {
    if (length == 0 || refCnt() == 0) {
      throw new IllegalStateException("nothing is mapped");
    }
    for (Registration r = registrations; r != null; r = r.next()) {
      if (r.memory() == memory) {
        return r.key();
      }
    }
    int key = memory.register(address, length, RegisteredMemory.READ);
    registrations = new Registration(memory, key, registrations);
    return key;
  }

  /**
   * Whether pages can be read without waiting for a disk. Remembers the answer yes for {@link
   * Residency#LIFETIME_NANOS}, so that a hot file costs a comparison.
   *
   * @param offset first byte, within the file
   * @param bytes at least 1
   */
  public boolean resident(long offset, long bytes) {
    return residency.resident(offset, bytes, System.nanoTime());
  }

  /** What is known about the pages in memory. */
  Residency residency() {
    return residency;
  }

  /**
   * Whether the file still reaches this far. A file that was cut within its last mapped page reads
   * as zeros there instead of failing, so the size must be compared. Asks the file system at most
   * once a millisecond.
   *
   * @param end a byte count from the file's beginning
   * @param nowNanos a reading of {@link System#nanoTime()}
   */
  boolean reaches(long end, long nowNanos) {
    if (nowNanos - sizeCheckedNanos > SIZE_LIFETIME_NANOS) {
      try {
        sizeChecked = channel.size();
      } catch (IOException e) {
        return false;
      }
      sizeCheckedNanos = nowNanos;
    }
    return sizeChecked >= end;
  }

  private static final long SIZE_LIFETIME_NANOS = 1_000_000;

  @Override
  protected void deallocate() {
    Registration r;
    synchronized (this) {
      r = registrations;
      registrations = null;
    }
    for (; r != null; r = r.next()) {
      r.memory().deregister(r.key());
    }
    if (length > 0) {
      Linux.munmap(address, length);
    }
  }

  @Override
  public MappedFile retain() {
    super.retain();
    return this;
  }

  @Override
  public MappedFile retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public MappedFile touch() {
    return this;
  }

  @Override
  public MappedFile touch(Object hint) {
    return this;
  }

  @Override
  public String toString() {
    return "MappedFile[" + length + " bytes, " + refCnt() + " references]";
  }
}
