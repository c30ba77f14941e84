package dev.twinpath.server.config;

import java.time.Duration;

/**
 * Bounds of the cache of open files.
 *
 * @param openFiles entries, each of which holds two descriptors
 * @param cachedBytes bytes of small files kept in memory, all together
 * @param cachedFileBytes the longest file whose bytes are kept in memory
 * @param mappedBytes mapped bytes of all entries together
 * @param validFor how long an entry is used before its path is looked at again
 */
public record ContentLimits(
    int openFiles, long cachedBytes, int cachedFileBytes, long mappedBytes, Duration validFor) {
  /** For a machine of a few gigabytes. */
  public static final ContentLimits DEFAULTS =
      new ContentLimits(4096, 64L << 20, 32 * 1024, 1L << 40, Duration.ofSeconds(1));

  /** The same with another time of validity: for tests. */
  public ContentLimits withValidFor(Duration value) {
    return new ContentLimits(openFiles, cachedBytes, cachedFileBytes, mappedBytes, value);
  }
}
