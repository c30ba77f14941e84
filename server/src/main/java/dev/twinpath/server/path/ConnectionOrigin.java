package dev.twinpath.server.path;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;

/**
 * Who really talks to the server, and to which of its addresses. Behind the gateway these differ
 * from the channel's own addresses, which are those of the relay.
 *
 * @param client the client's address
 * @param server the address that the client connected to
 * @param relayed true if the gateway carries the connection
 */
public record ConnectionOrigin(
    InetSocketAddress client, InetSocketAddress server, boolean relayed) {
  private static final AttributeKey<ConnectionOrigin> KEY =
      AttributeKey.valueOf(ConnectionOrigin.class, "origin");

  /** The origin that the gateway has noted on this channel, or else the channel's own addresses. */
  public static ConnectionOrigin of(Channel channel) {
    ConnectionOrigin noted = channel.attr(KEY).get();
    return noted != null
        ? noted
        : new ConnectionOrigin(
            (InetSocketAddress) channel.remoteAddress(),
            (InetSocketAddress) channel.localAddress(),
            false);
  }

  /** Notes this origin on a channel of the user path. */
  public void note(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
