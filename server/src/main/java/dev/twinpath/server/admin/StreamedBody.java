package dev.twinpath.server.admin;

import io.netty.channel.ChannelHandlerContext;

/**
 * A response's body that is made while it is sent. All methods are called on the connection's event
 * loop.
 */
interface StreamedBody {
  /**
   * The response's head was written; from now on the body writes its contents, and a last one at
   * its end.
   *
   * @param done to be called on the event loop after the last content was written
   */
  void begin(ChannelHandlerContext ctx, Runnable done);

  /** The client sends nothing more: the body is to come to its end, complete. */
  void finish();

  /** The client is gone, or was never interested: nothing is written any more. */
  void abort();
}
