package dev.twinpath.userstack.netty;

import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * An active open that is not answered yet: its promise and its time limit. On the loop's thread.
 */
final class ConnectAttempt implements Runnable {
  private final UserStackSocketChannel channel;
  private final SocketAddress remote;
  private final ChannelPromise promise;
  private final int timeoutMillis;
  private Future<?> timeout;

  ConnectAttempt(UserStackSocketChannel channel, SocketAddress remote, ChannelPromise promise) {
    this.channel = channel;
    this.remote = remote;
    this.promise = promise;
    this.timeoutMillis = channel.config().getConnectTimeoutMillis();
    if (timeoutMillis > 0) {
      timeout = channel.eventLoop().schedule(this, timeoutMillis, TimeUnit.MILLISECONDS);
    }
    promise.addListener(
        future -> {
          if (future.isCancelled()) {
            stopClock();
            channel.unsafe().close(channel.unsafe().voidPromise());
          }
        });
  }

  /** Time is up. */
  @Override
  public void run() {
    if (promise.tryFailure(
        new ConnectTimeoutException(
            "connection timed out after " + timeoutMillis + " ms: " + remote))) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    }
  }

  SocketAddress remote() {
    return remote;
  }

  /** Returns whether the promise could succeed: not if the user cancelled. */
  boolean succeed() {
    stopClock();
    return promise.trySuccess();
  }

  void fail(Throwable cause) {
    stopClock();
    promise.tryFailure(cause);
  }

  private void stopClock() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }
}
