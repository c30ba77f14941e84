package dev.twinpath.server.content;

import dev.twinpath.server.metrics.CacheResult;
import dev.twinpath.server.metrics.ContentChange;
import java.util.Optional;

/**
 * What {@link ContentStore#lookup} found. A {@link Kind#FILE} comes with a lease, which whoever
 * gets the lookup must release.
 *
 * @param kind what the path leads to
 * @param file the leased file, or null for every other kind
 * @param cache how the cache fared
 * @param change how the cached file had changed, if it had
 * @param diskNanos how long the work away from the event loop took
 */
public record Lookup(
    Kind kind, OpenFile file, CacheResult cache, Optional<ContentChange> change, long diskNanos) {
  /** What a path can lead to. */
  public enum Kind {
    /** A regular file, open for reading. */
    FILE,
    /** A directory. */
    DIRECTORY,
    /** Nothing, or something hidden. */
    NOT_FOUND,
    /** Something that must not be served: unreadable, outside of the root, a device or a FIFO. */
    FORBIDDEN,
    /** Too much waits for the disk, or the process has no descriptor left. */
    OVERLOADED,
    /** The disk or the file system failed. */
    FAILED
  }

  static Lookup without(Kind kind, long diskNanos) {
    return new Lookup(kind, null, CacheResult.MISS, Optional.empty(), diskNanos);
  }
}
