package dev.twinpath.server.ftp;

import java.util.OptionalLong;

/**
 * A file or directory as a listing shows it.
 *
 * @param name its last segment
 * @param directory true for a directory
 * @param size in bytes; 0 for a directory
 * @param modifiedSeconds when its content last changed, in seconds since 1970; empty if not known
 */
record FtpEntry(String name, boolean directory, long size, OptionalLong modifiedSeconds) {}
