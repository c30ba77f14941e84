package dev.twinpath.server.http;

import dev.twinpath.server.content.ContentRegion;
import dev.twinpath.server.content.Lookup;
import dev.twinpath.server.content.OpenFile;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.CacheResult;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.RangeResult;
import dev.twinpath.server.metrics.RequestMethod;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;

/**
 * Answers requests from the files of the content store. One for each event loop; its state is the
 * connection's and the store's.
 */
final class StaticFiles {
  private static final String INDEX = "index.html";

  private final HttpLoop loop;
  private final int slot;
  private final BodyMode fileMode;

  /** Whether small bodies leave from memory: on the user path even they are pages of the file. */
  private final boolean asBytes;

  StaticFiles(HttpLoop loop) {
    this.loop = loop;
    this.slot = loop.path.slot(loop.eventLoop);
    this.fileMode = loop.path.fileMode();
    this.asBytes = fileMode != BodyMode.MAPPED;
  }

  /** Answers one request, now or later. */
  void handle(HttpConnection connection, RequestHead head) {
    boolean read = head.method == RequestMethod.GET || head.method == RequestMethod.HEAD;
    if (!read) {
      refuse(
          connection,
          head,
          head.knownMethod ? HttpStatus.METHOD_NOT_ALLOWED : HttpStatus.NOT_IMPLEMENTED);
      return;
    }
    if (head.expectUnknown) {
      refuse(connection, head, HttpStatus.EXPECTATION_FAILED);
      return;
    }
    RequestPath target =
        RequestPath.of(head.targetArray, head.targetStart, head.targetEnd, head.host);
    if (target.status() != HttpStatus.OK) {
      refuse(connection, head, target.status());
      return;
    }
    String path = target.path();
    boolean directory = path.charAt(path.length() - 1) == '/';
    String wanted = directory ? path + INDEX : path;
    OpenFile file = loop.server.content().find(wanted, connection.now());
    if (file == null) {
      lookup(connection, head, path, wanted);
    } else if (!file.unchanged()) {
      file.release();
      lookup(connection, head, path, wanted);
    } else {
      loop.recorder.cacheRequest(CacheResult.HIT);
      send(connection, head, file);
    }
  }

  private void lookup(HttpConnection connection, RequestHead head, String path, String wanted) {
    connection.suspend();
    loop.server
        .content()
        .lookup(
            wanted,
            asBytes,
            loop.eventLoop,
            found -> {
              loop.recorder.cacheRequest(found.cache());
              found.change().ifPresent(loop.recorder::contentChanged);
              if (found.cache() == CacheResult.MISS) {
                loop.recorder.coldRead(found.diskNanos());
                countRead(found);
              }
              found(connection, head, path, wanted, found);
            });
  }

  private void countRead(Lookup found) {
    if (found.kind() == Lookup.Kind.FILE && found.file().bytes() != null) {
      loop.recorder.copiedBytes(CopyStage.CONTENT, found.file().size());
    }
  }

  private void found(
      HttpConnection connection, RequestHead head, String path, String wanted, Lookup found) {
    boolean index = !path.equals(wanted);
    if (found.kind() == Lookup.Kind.FILE) {
      answer(connection, c -> send(c, head, found.file()));
    } else if (index
        && (found.kind() == Lookup.Kind.NOT_FOUND || found.kind() == Lookup.Kind.DIRECTORY)) {
      list(connection, head, path);
    } else if (found.kind() == Lookup.Kind.DIRECTORY) {
      answer(connection, c -> redirect(c, head, path + "/"));
    } else {
      answer(connection, c -> refuse(c, head, statusOf(found.kind())));
    }
  }

  private void list(HttpConnection connection, RequestHead head, String path) {
    loop.server
        .content()
        .list(
            path,
            listing -> DirectoryPage.render(path, listing),
            loop.eventLoop,
            page ->
                answer(
                    connection,
                    c -> {
                      if (page.kind() == Lookup.Kind.DIRECTORY) {
                        sendPage(c, head, HttpStatus.OK, page.html(), "");
                      } else {
                        refuse(c, head, statusOf(page.kind()));
                      }
                    }));
  }

  private void answer(HttpConnection connection, Consumer<HttpConnection> response) {
    connection.answered();
    response.accept(connection);
    connection.resume();
  }

  private static int statusOf(Lookup.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case FORBIDDEN -> HttpStatus.FORBIDDEN;
      case OVERLOADED -> HttpStatus.UNAVAILABLE;
      default -> HttpStatus.INTERNAL_ERROR;
    };
  }

  /** Sends a file; takes over the lease. */
  private void send(HttpConnection connection, RequestHead head, OpenFile file) {
    try {
      ReadyResponse ready =
          ReadyResponse.of(file, slot, asBytes, connection.context().alloc(), loop.clock);
      boolean plain =
          head.method == RequestMethod.GET
              && !head.conditional
              && head.http11
              && connection.keepAlive();
      if (plain) {
        sendReady(connection, file, ready);
      } else {
        sendConditionally(connection, head, file, ready.tag());
      }
    } finally {
      file.release();
    }
  }

  private void sendReady(HttpConnection connection, OpenFile file, ReadyResponse ready) {
    ByteBuf first = ready.take(loop.clock);
    if (ready.inline()) {
      connection.respond(HttpStatus.OK, first, null, BodyMode.CACHED, file.size());
    } else {
      sendBody(connection, HttpStatus.OK, first, file, 0, file.size());
    }
  }

  private void sendBody(
      HttpConnection connection, int status, ByteBuf first, OpenFile file, long at, long length) {
    if (length == 0) {
      connection.respond(status, first, null, fileMode, 0);
    } else if (asBytes && file.bytes() != null) {
      ByteBuf body = file.bytes().retainedSlice((int) at, (int) length);
      connection.respond(status, first, body, BodyMode.CACHED, length);
    } else {
      ContentRegion region = file.region(at, length);
      connection.respond(status, first, region, fileMode, length);
    }
  }

  private void sendConditionally(
      HttpConnection connection, RequestHead head, OpenFile file, String tag) {
    long modified = file.stamp().modifiedSeconds();
    int status = Preconditions.evaluate(head, tag, modified);
    if (status == HttpStatus.PRECONDITION_FAILED) {
      refuse(connection, head, status);
      return;
    }
    if (status == HttpStatus.NOT_MODIFIED) {
      ByteBuf only =
          start(connection, 0, status)
              .field("Last-Modified", HttpDate.format(modified))
              .field("ETag", tag)
              .connection(connection.keepAlive(), head.http11)
              .end();
      connection.respond(status, only, null, fileMode, 0);
      return;
    }
    ByteRange range = null;
    if (head.range != null && head.method == RequestMethod.GET) {
      range = ByteRange.of(head.range, file.size());
      if (!Preconditions.rangeApplies(head, tag, modified)) {
        range = new ByteRange(range.kind(), RangeResult.IGNORED, 0, 0);
      }
      loop.recorder.rangeRequest(range.kind(), range.result());
    }
    if (range != null && range.result() == RangeResult.UNSATISFIABLE) {
      sendPage(
          connection,
          head,
          HttpStatus.RANGE_NOT_SATISFIABLE,
          ErrorPage.of(HttpStatus.RANGE_NOT_SATISFIABLE),
          "bytes */" + file.size());
      return;
    }
    boolean part = range != null && range.result() == RangeResult.PARTIAL;
    long first = part ? range.first() : 0;
    long length = part ? range.length() : file.size();
    status = part ? HttpStatus.PARTIAL_CONTENT : HttpStatus.OK;
    ResponseHead response =
        start(connection, 0, status)
            .field("Content-Type", MediaTypes.of(file.path()))
            .field("Content-Length", length)
            .field("Last-Modified", HttpDate.format(modified))
            .field("ETag", tag)
            .field("Accept-Ranges", "bytes")
            .connection(connection.keepAlive(), head.http11);
    if (part) {
      response.field(
          "Content-Range", "bytes " + first + "-" + (first + length - 1) + "/" + file.size());
    }
    if (head.method == RequestMethod.HEAD) {
      connection.respond(status, response.end(), null, fileMode, 0);
    } else {
      sendBody(connection, status, response.end(), file, first, length);
    }
  }

  private ResponseHead start(HttpConnection connection, int extra, int status) {
    ByteBufAllocator allocator = connection.context().alloc();
    return new ResponseHead(allocator, extra, status, loop.clock);
  }

  private void redirect(HttpConnection connection, RequestHead head, String path) {
    byte[] body = ErrorPage.of(HttpStatus.MOVED_PERMANENTLY);
    ResponseHead response =
        start(connection, body.length, HttpStatus.MOVED_PERMANENTLY)
            .field("Location", DirectoryPage.encode(path));
    finishPage(connection, head, HttpStatus.MOVED_PERMANENTLY, response, body);
  }

  /** Answers with an error and its page. */
  void refuse(HttpConnection connection, RequestHead head, int status) {
    sendPage(connection, head, status, ErrorPage.of(status), "");
  }

  private void sendPage(
      HttpConnection connection, RequestHead head, int status, byte[] body, String contentRange) {
    ResponseHead response = start(connection, body.length, status);
    if (!contentRange.isEmpty()) {
      response.field("Content-Range", contentRange);
    }
    if (status == HttpStatus.METHOD_NOT_ALLOWED) {
      response.field("Allow", "GET, HEAD");
    }
    finishPage(connection, head, status, response, body);
  }

  private void finishPage(
      HttpConnection connection, RequestHead head, int status, ResponseHead response, byte[] body) {
    ByteBuf all =
        response
            .field("Content-Type", "text/html; charset=utf-8")
            .field("Content-Length", body.length)
            .connection(connection.keepAlive(), head.http11)
            .end();
    boolean withBody = head.method != RequestMethod.HEAD;
    if (withBody) {
      all.writeBytes(body);
      loop.recorder.copiedBytes(CopyStage.GENERATED, body.length);
    }
    connection.respond(status, all, null, BodyMode.COPY, withBody ? body.length : 0);
  }
}
