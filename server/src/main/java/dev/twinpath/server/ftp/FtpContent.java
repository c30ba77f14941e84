package dev.twinpath.server.ftp;

import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.content.DirectoryEntry;
import dev.twinpath.server.content.Listing;
import dev.twinpath.server.content.Lookup;
import dev.twinpath.server.content.OpenFile;
import dev.twinpath.server.metrics.LoopRecorder;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The content store as FTP asks it: by absolute names as {@link FtpPath} makes them, with a reply
 * in place of an error. Nothing blocks; each question is answered once, on the loop that was given.
 */
final class FtpContent {
  private static final FtpReply NOT_FOUND = FtpReply.of(550, "No such file or directory.");

  private final ContentStore store;

  FtpContent(ContentStore store) {
    this.store = store;
  }

  /** Runs something that may block; false if too much is waiting already. */
  boolean runBlocking(Runnable task) {
    return store.runBlocking(task);
  }

  /** A file or directory. */
  void stat(
      String path,
      EventExecutor loop,
      LoopRecorder recorder,
      Consumer<FtpEntry> found,
      Consumer<FtpReply> failed) {
    String name = FtpPath.name(path);
    find(
        path,
        loop,
        recorder,
        file -> {
          FtpEntry entry =
              new FtpEntry(
                  name, false, file.size(), OptionalLong.of(file.stamp().modifiedSeconds()));
          file.release();
          found.accept(entry);
        },
        () -> found.accept(new FtpEntry(name, true, 0, OptionalLong.empty())),
        failed);
  }

  /** Opens a regular file; whoever gets it releases it. */
  void open(
      String path,
      EventExecutor loop,
      LoopRecorder recorder,
      Consumer<OpenFile> opened,
      Consumer<FtpReply> failed) {
    find(
        path,
        loop,
        recorder,
        opened,
        () -> failed.accept(FtpReply.of(550, "Is a directory.")),
        failed);
  }

  /** The visible entries of a directory. */
  void list(
      String path, EventExecutor loop, Consumer<List<FtpEntry>> found, Consumer<FtpReply> failed) {
    if (FtpPath.hidden(path)) {
      failed.accept(NOT_FOUND);
      return;
    }
    String directory = path.endsWith("/") ? path : path + "/";
    store.list(
        directory,
        listing -> new Found(listing.kind(), entries(listing)), // away from the loop
        loop,
        answer -> {
          if (answer.kind == Lookup.Kind.DIRECTORY) {
            found.accept(answer.entries);
          } else {
            failed.accept(explain(answer.kind));
          }
        });
  }

  /** The answer of the store, ready for FTP. */
  private record Found(Lookup.Kind kind, List<FtpEntry> entries) {}

  private static List<FtpEntry> entries(Listing listing) {
    List<FtpEntry> entries = new ArrayList<>(listing.entries().size());
    for (DirectoryEntry entry : listing.entries()) {
      entries.add(
          new FtpEntry(
              entry.name(),
              entry.directory(),
              entry.size(),
              OptionalLong.of(entry.modifiedSeconds())));
    }
    return entries;
  }

  private void find(
      String path,
      EventExecutor loop,
      LoopRecorder recorder,
      Consumer<OpenFile> file,
      Runnable directory,
      Consumer<FtpReply> failed) {
    if (FtpPath.hidden(path)) {
      failed.accept(NOT_FOUND);
      return;
    }
    store.lookup(
        path,
        loop,
        lookup -> {
          recorder.cacheRequest(lookup.cache());
          recorder.coldRead(lookup.diskNanos());
          lookup.change().ifPresent(recorder::contentChanged);
          switch (lookup.kind()) {
            case FILE:
              file.accept(lookup.file());
              break;
            case DIRECTORY:
              directory.run();
              break;
            default:
              failed.accept(explain(lookup.kind()));
              break;
          }
        });
  }

  private static FtpReply explain(Lookup.Kind kind) {
    switch (kind) {
      case FILE:
        return FtpReply.of(501, "Not a directory.");
      case NOT_FOUND:
        return NOT_FOUND;
      case FORBIDDEN:
        return FtpReply.of(550, "Permission denied.");
      case OVERLOADED:
        return FtpReply.of(450, "The server is too busy.");
      default:
        return FtpReply.of(451, "The file system failed.");
    }
  }
}
