package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;

/** Hears what {@link ResponseParser} finds. Called on the event loop. */
interface ResponseSink {
  /**
   * A response begins.
   *
   * @param status 200 to 999; interim responses are not told
   * @param contentLength the announced length of the body, or -1 when it is not known before
   * @param keepAlive whether the connection may carry another response after this one
   */
  void onHead(int status, long contentLength, boolean keepAlive);

  /** Some bytes of the body, which are only valid during the call. */
  void onBody(ByteBuf buffer, int index, int length);

  /**
   * The response is whole.
   *
   * @return false when the parser shall stop, because the connection is given up
   */
  boolean onComplete();
}
