package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.udp.SendResult;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.NotYetConnectedException;

/** The exceptions of {@code java.net} for what can happen to a datagram. */
final class DatagramErrors {
  private DatagramErrors() {}

  /** What the pipeline of a connected channel is told when the peer or a router objects. */
  static IOException refused(IcmpError.Kind kind) {
    switch (kind) {
      case PORT_UNREACHABLE:
        return new PortUnreachableException("recvAddress(..) failed: Connection refused");
      case PROTOCOL_UNREACHABLE:
        return new SocketException("Protocol not available");
      case TOO_BIG:
        return new SocketException("Message too long");
      case PROHIBITED:
        return new NoRouteToHostException("No route to host");
      default:
        return new SocketException("Protocol error");
    }
  }

  /** What a write's promise is told; the result is neither SENT nor BLOCKED. */
  static Exception notSent(SendResult result) {
    switch (result) {
      case TOO_LONG:
        return new SocketException("Message too long");
      case NO_ROUTE:
        return new SocketException("Network is unreachable");
      case NOT_PERMITTED:
        return new SocketException("Permission denied");
      default:
        return new NotYetConnectedException();
    }
  }
}
