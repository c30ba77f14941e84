package dev.twinpath.server.path;

import dev.twinpath.server.config.PortRange;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;

/**
 * Opens the listeners of FTP's passive mode: on the same path as the control connection, and where
 * that is relayed, reachable for its client. Thread-safe.
 */
@FunctionalInterface
public interface PassiveListeners {
  /**
   * Opens a listener for data connections.
   *
   * @param control the control connection, as the server sees it
   * @param origin where it comes from
   * @param ports what to choose from
   * @param handler put first into the pipeline of every accepted connection, whose event loop need
   *     not be that of the control connection; sharable
   */
  Future<PassiveListener> listen(
      Channel control, ConnectionOrigin origin, PortRange ports, ChannelHandler handler);
}
