package dev.twinpath.server.path;

import io.netty.channel.Channel;

/**
 * Where the kernel's listeners send a new connection while the user path is the active one and has
 * no wire to the outside of its own.
 */
public interface FrontDoor {
  /**
   * Takes a connection over. Called on the channel's event loop while its pipeline is being
   * initialised, which is still empty; the taker adds its handlers, and owns the channel from then
   * on.
   */
  void accept(Channel accepted, Service service);
}
