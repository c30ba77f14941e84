package dev.twinpath.server.content;

import dev.twinpath.server.config.ContentLimits;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Open files by path, bounded in number and in bytes. Reading takes no lock. Eviction is CLOCK: a
 * hand goes round the files in the order of their coming, and spares those used since its last
 * visit. The cache holds one reference to each of its files.
 */
final class OpenFileCache {
  private final ContentLimits limits;
  private final ConcurrentHashMap<String, OpenFile> files = new ConcurrentHashMap<>();
  private final ArrayDeque<OpenFile> clock = new ArrayDeque<>();
  private volatile long cachedBytes;
  private volatile long mappedBytes;
  private boolean closed;

  OpenFileCache(ContentLimits limits) {
    this.limits = limits;
  }

  /** The file under this path, without a lease; null if there is none. */
  OpenFile get(String path) {
    OpenFile file = files.get(path);
    if (file != null && !file.used) {
      file.used = true;
    }
    return file;
  }

  /** True if a file of this size should be kept in memory. */
  boolean admitsBytes(long size) {
    return size <= limits.cachedFileBytes() && size <= limits.cachedBytes();
  }

  /** Takes over the caller's reference to the file; replaces what was there under its path. */
  synchronized void put(OpenFile file) {
    if (closed) {
      file.release();
      return;
    }
    OpenFile before = files.put(file.path(), file);
    clock.addLast(file);
    cachedBytes += bytesOf(file);
    mappedBytes += file.size();
    if (before != null) {
      clock.remove(before);
      drop(before);
    }
    while (clock.size() > 1 && isOver()) {
      evictOne();
    }
  }

  /** Forgets the file, if it is still the one under its path. */
  synchronized void remove(OpenFile file) {
    if (files.remove(file.path(), file)) {
      clock.remove(file);
      drop(file);
    }
  }

  int size() {
    return files.size();
  }

  long cachedBytes() {
    return cachedBytes;
  }

  long mappedBytes() {
    return mappedBytes;
  }

  synchronized void close() {
    closed = true;
    for (OpenFile file : clock) {
      files.remove(file.path(), file);
      drop(file);
    }
    clock.clear();
  }

  private boolean isOver() {
    return clock.size() > limits.openFiles()
        || cachedBytes > limits.cachedBytes()
        || mappedBytes > limits.mappedBytes();
  }

  private void evictOne() {
    OpenFile candidate = clock.removeFirst();
    for (int i = clock.size(); candidate.used && i > 0; i--) {
      candidate.used = false;
      clock.addLast(candidate);
      candidate = clock.removeFirst();
    }
    files.remove(candidate.path(), candidate);
    drop(candidate);
  }

  private void drop(OpenFile file) {
    cachedBytes -= bytesOf(file);
    mappedBytes -= file.size();
    file.release();
  }

  private static long bytesOf(OpenFile file) {
    return file.bytes() == null ? 0 : file.bytes().capacity();
  }
}
