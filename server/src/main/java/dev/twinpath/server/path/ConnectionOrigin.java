package dev.twinpath.server.path;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;

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

  private static final AttributeKey<Channel> FRONT =
      AttributeKey.valueOf(ConnectionOrigin.class, "front");

  /** Set on a listening channel whose connections may be relayed: how to look their origin up. */
  public static final AttributeKey<Resolver> RESOLVER =
      AttributeKey.valueOf(ConnectionOrigin.class, "resolver");

  /** Knows the origin of relayed connections. Thread-safe. */
  @FunctionalInterface
  public interface Resolver {
    /** The origin of a connection that was accepted behind a relay; empty if it was not relayed. */
    Optional<ConnectionOrigin> resolve(Channel accepted);
  }

  /**
   * The origin that was noted on this channel, or that the {@link #RESOLVER} of its listener knows,
   * or else the channel's own addresses. From any thread.
   *
   * @throws IllegalStateException if the connection is gone already, and nothing was noted
   */
  public static ConnectionOrigin of(Channel channel) {
    ConnectionOrigin noted = channel.attr(KEY).get();
    if (noted != null) {
      return noted;
    }
    Channel listener = channel.parent();
    Resolver resolver = listener == null ? null : listener.attr(RESOLVER).get();
    ConnectionOrigin origin =
        Optional.ofNullable(resolver)
            .flatMap(known -> known.resolve(channel))
            .orElseGet(() -> direct(channel));
    origin.note(channel);
    return origin;
  }

  private static ConnectionOrigin direct(Channel channel) {
    SocketAddress client = channel.remoteAddress();
    SocketAddress server = channel.localAddress();
    if (client instanceof InetSocketAddress && server instanceof InetSocketAddress) {
      return new ConnectionOrigin((InetSocketAddress) client, (InetSocketAddress) server, false);
    }
    throw new IllegalStateException("the connection is gone, and with it its addresses");
  }

  /**
   * The connection with the client that the gateway relays this one to; empty if it is not relayed,
   * or was not asked for its origin yet. What this side has acknowledged, that client may not have.
   */
  public static Optional<Channel> front(Channel channel) {
    return Optional.ofNullable(channel.attr(FRONT).get());
  }

  static void noteFront(Channel channel, Channel front) {
    channel.attr(FRONT).set(front);
  }

  /** True if an address is that of this connection's client, whatever the port. */
  public boolean isClient(InetAddress address) {
    return client.getAddress().equals(address);
  }

  /** Notes this origin on a channel of the user path. */
  public void note(Channel channel) {
    channel.attr(KEY).set(this);
  }
}
