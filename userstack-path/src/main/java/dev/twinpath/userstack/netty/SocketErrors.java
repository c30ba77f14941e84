package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

/** Translates between the stack's words and those of {@code java.net}. */
final class SocketErrors {
  private SocketErrors() {}

  /** Without a stack trace, which says nothing here and costs when many peers go at once. */
  private static final class QuietSocketException extends SocketException {
    private static final long serialVersionUID = 1L;

    QuietSocketException(String message) {
      super(message);
    }

    @Override
    public Throwable fillInStackTrace() {
      return this;
    }
  }

  /** What the pipeline is told when an established connection ended; null if it ended well. */
  static IOException established(CloseCause cause) {
    switch (cause) {
      case RESET_BY_PEER:
        return new QuietSocketException("Connection reset by peer");
      case TIMED_OUT:
        return new QuietSocketException("Connection timed out");
      case UNREACHABLE:
        return new NoRouteToHostException("No route to host");
      case FILE_TRUNCATED:
        return new FileTruncatedException("the file was cut while it was being sent");
      case STACK_CLOSED:
        return new SocketException("The user-level stack was closed");
      case REFUSED:
        return new ConnectException("Connection refused");
      default:
        return null;
    }
  }

  /** What a connect's promise is told. */
  static IOException connecting(CloseCause cause, SocketAddress remote) {
    switch (cause) {
      case TIMED_OUT:
        return new ConnectException("Connection timed out: " + remote);
      case UNREACHABLE:
        return new NoRouteToHostException("No route to host: " + remote);
      case STACK_CLOSED:
        return new ConnectException("The user-level stack was closed: " + remote);
      default:
        return new ConnectException("Connection refused: " + remote);
    }
  }

  /** The exception that the kernel's transports would throw for the same reason. */
  static IOException socketException(StackException e, SocketAddress address) {
    SocketException translated;
    switch (e.reason()) {
      case ADDRESS_IN_USE:
        translated = new BindException("Address already in use: " + address);
        break;
      case ADDRESS_NOT_AVAILABLE:
        translated = new BindException("Cannot assign requested address: " + address);
        break;
      case NETWORK_UNREACHABLE:
        translated = new ConnectException("Network is unreachable: " + address);
        break;
      default:
        translated = new SocketException(e.getMessage() + ": " + address);
        break;
    }
    translated.initCause(e);
    return translated;
  }

  /**
   * The stack's address of a socket's; {@link IpAddress#ANY} for the wildcard of either family.
   *
   * @throws UnresolvedAddressException if the name was not resolved
   * @throws UnsupportedAddressTypeException if it is not an Internet address
   */
  static IpAddress ip(SocketAddress address) {
    if (!(address instanceof InetSocketAddress)) {
      throw new UnsupportedAddressTypeException();
    }
    InetSocketAddress socket = (InetSocketAddress) address;
    if (socket.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return IpAddress.of(socket.getAddress());
  }

  /** The address of {@code java.net} for one of the stack's. */
  static InetSocketAddress address(IpAddress address, int port) {
    return new InetSocketAddress(address.toInetAddress(), port);
  }
}
