package dev.twinpath.server.content;

import java.util.List;

/**
 * A directory's visible entries.
 *
 * @param kind {@link Lookup.Kind#DIRECTORY}, or why there are none
 * @param entries directories first, then by name; hidden and special files left out
 * @param complete false if the directory has more than were read
 */
public record Listing(Lookup.Kind kind, List<DirectoryEntry> entries, boolean complete) {
  static Listing without(Lookup.Kind kind) {
    return new Listing(kind, List.of(), true);
  }
}
