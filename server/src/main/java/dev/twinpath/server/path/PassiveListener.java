package dev.twinpath.server.path;

import java.net.InetSocketAddress;

/** An open listener of FTP's passive mode. Thread-safe. */
public interface PassiveListener extends AutoCloseable {
  /** Where the client has to connect to. */
  InetSocketAddress address();

  /** Stops listening; connections that were accepted stay. May be called more than once. */
  @Override
  void close();
}
