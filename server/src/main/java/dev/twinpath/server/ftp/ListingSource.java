package dev.twinpath.server.ftp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Where the entries of a listing come from: a directory, one file, or a pattern in a directory. */
@FunctionalInterface
interface ListingSource {
  /** Finds the entries; one of the two is called, once, on the session's loop. */
  void find(Consumer<List<FtpEntry>> found, Consumer<FtpReply> failed);

  /** What LIST and NLST name. A file of exactly that name goes before a pattern. */
  static ListingSource of(FtpSession session, String name) {
    String path = session.settings().resolve(name);
    String last = FtpPath.name(path);
    return (found, failed) ->
        session.stat(
            name,
            entry -> {
              if (entry.directory()) {
                list(session, path, found, failed);
              } else {
                found.accept(List.of(entry));
              }
            },
            failure -> {
              if (NamePattern.isPattern(last)) {
                list(
                    session,
                    FtpPath.parent(path),
                    entries -> found.accept(matching(last, entries)),
                    failed);
              } else {
                failed.accept(failure);
              }
            });
  }

  /** A directory; MLSD takes nothing else (RFC 3659, section 7.2). */
  static ListingSource ofDirectory(FtpSession session, String name) {
    String path = session.settings().resolve(name);
    return (found, failed) ->
        session.stat(
            name,
            entry -> {
              if (entry.directory()) {
                list(session, path, found, failed);
              } else {
                failed.accept(FtpReply.of(501, "Not a directory."));
              }
            },
            failed);
  }

  private static void list(
      FtpSession session, String path, Consumer<List<FtpEntry>> found, Consumer<FtpReply> failed) {
    session.context().content().list(path, session.loop(), found, failed);
  }

  private static List<FtpEntry> matching(String pattern, List<FtpEntry> entries) {
    List<FtpEntry> found = new ArrayList<>();
    for (FtpEntry entry : entries) {
      if (NamePattern.matches(pattern, entry.name())) {
        found.add(entry);
      }
    }
    return found;
  }
}
