package dev.twinpath.server.http;

import dev.twinpath.server.content.ContentRegion;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.HttpProtocol;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.RequestMethod;
import io.netty.channel.Channel;
import io.netty.channel.DefaultChannelPromise;

/**
 * One request and its response: the promise of the response's last write, with what is counted when
 * it is kept or broken. One object for each request.
 */
final class Exchange extends DefaultChannelPromise {
  final RequestMethod method;
  final HttpProtocol protocol;
  final int status;
  final long startNanos;
  final BodyMode mode;
  final long bodyBytes;
  final boolean last;

  /** The body, if it is a part of a file; to see how far it came when the connection ends. */
  final ContentRegion region;

  /** The response behind this one on the same connection. */
  Exchange next;

  private long counted;

  Exchange(
      Channel channel,
      RequestMethod method,
      HttpProtocol protocol,
      int status,
      long startNanos,
      BodyMode mode,
      long bodyBytes,
      boolean last,
      ContentRegion region) {
    super(channel);
    this.method = method;
    this.protocol = protocol;
    this.status = status;
    this.startNanos = startNanos;
    this.mode = mode;
    this.bodyBytes = bodyBytes;
    this.last = last;
    this.region = region;
  }

  /** Counts the body's bytes up to {@code total}, so that a long transfer is seen while it runs. */
  void sent(LoopRecorder recorder, long total) {
    long fresh = Math.min(total, bodyBytes) - counted;
    if (fresh > 0) {
      counted += fresh;
      recorder.bodyBytes(mode, fresh);
    }
  }
}
