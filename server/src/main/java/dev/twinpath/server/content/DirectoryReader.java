package dev.twinpath.server.content;

import dev.twinpath.nic.linux.FileStatus;
import dev.twinpath.nic.linux.FileSystemCalls;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads a directory for a listing. Blocks. */
final class DirectoryReader {
  /** More entries than this make neither a page nor an FTP listing that anybody reads. */
  static final int LIMIT = 100_000;

  private static final Comparator<DirectoryEntry> ORDER =
      Comparator.comparing(DirectoryEntry::directory)
          .reversed()
          .thenComparing(DirectoryEntry::name);

  private final Root root;

  DirectoryReader(Root root) {
    this.root = root;
  }

  Listing read(String path) {
    int found = root.open(path);
    if (found < 0) {
      return Listing.without(FileOpener.kindOf(found));
    }
    try {
      FileStatus status = new FileStatus();
      if (FileSystemCalls.status(found, status) < 0 || !status.isDirectory()) {
        return Listing.without(Lookup.Kind.NOT_FOUND);
      }
      int directory = Root.openForListing(found);
      if (directory < 0) {
        return Listing.without(FileOpener.kindOf(directory));
      }
      try {
        return read(path, directory, status);
      } finally {
        FileSystemCalls.close(directory);
      }
    } finally {
      FileSystemCalls.close(found);
    }
  }

  private Listing read(String path, int directory, FileStatus status) {
    List<String> names = new ArrayList<>();
    FileSystemCalls.list(directory, LIMIT + 1, names);
    boolean complete = names.size() <= LIMIT;
    List<DirectoryEntry> entries = new ArrayList<>();
    for (String name : complete ? names : names.subList(0, LIMIT)) {
      if (!name.startsWith(".")
          && FileSystemCalls.statAt(directory, name, status, FileSystemCalls.AT_SYMLINK_NOFOLLOW)
              == 0) {
        boolean link = !status.isRegular() && !status.isDirectory();
        if (link && !follow(path + name, status)) {
          continue;
        }
        boolean isDirectory = status.isDirectory();
        entries.add(
            new DirectoryEntry(
                name, isDirectory, isDirectory ? 0 : status.size(), status.modifiedSeconds()));
      }
    }
    entries.sort(ORDER);
    return new Listing(Lookup.Kind.DIRECTORY, entries, complete);
  }

  /** A link is listed as what it leads to, if that may be served. */
  private boolean follow(String path, FileStatus status) {
    int found = root.open(path);
    if (found < 0) {
      return false;
    }
    try {
      return FileSystemCalls.status(found, status) == 0
          && (status.isRegular() || status.isDirectory());
    } finally {
      FileSystemCalls.close(found);
    }
  }
}
