package dev.twinpath.server.content;

/**
 * One line of a listing.
 *
 * @param name without a slash
 * @param directory true for a directory, or a link to one
 * @param size bytes; 0 for a directory
 * @param modifiedSeconds time of the last modification, seconds since 1970
 */
public record DirectoryEntry(String name, boolean directory, long size, long modifiedSeconds) {}
