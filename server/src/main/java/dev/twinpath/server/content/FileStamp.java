package dev.twinpath.server.content;

import dev.twinpath.nic.linux.FileStatus;
import dev.twinpath.server.metrics.ContentChange;

/**
 * What tells one state of a file from another.
 *
 * @param device the device that holds it
 * @param inode its number there
 * @param size bytes
 * @param modifiedSeconds time of the last modification, seconds since 1970
 * @param modifiedNanos and its nanoseconds
 */
public record FileStamp(
    long device, long inode, long size, long modifiedSeconds, int modifiedNanos) {
  static FileStamp of(FileStatus status) {
    return new FileStamp(
        status.device(),
        status.inode(),
        status.size(),
        status.modifiedSeconds(),
        status.modifiedNanos());
  }

  /** True if the status shows this very state. */
  boolean matches(FileStatus status) {
    return size == status.size()
        && modifiedNanos == status.modifiedNanos()
        && modifiedSeconds == status.modifiedSeconds()
        && inode == status.inode()
        && device == status.device();
  }

  /** How {@code now} differs from this older state. */
  ContentChange changeTo(FileStamp now) {
    if (now.inode != inode || now.device != device || now.size == size) {
      return ContentChange.REPLACED;
    }
    return now.size < size ? ContentChange.TRUNCATED : ContentChange.GROWN;
  }
}
