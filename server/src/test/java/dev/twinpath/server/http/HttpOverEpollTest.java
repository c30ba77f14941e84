package dev.twinpath.server.http;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.ServerConfig;

/** {@link HttpContract} on the kernel path over {@link KernelTransport#EPOLL}. */
class HttpOverEpollTest extends HttpContract {
  @Override
  ServerConfig.Builder settings(ServerConfig.Builder defaults) {
    assumeTrue(KernelTransport.EPOLL.available());
    return defaults.transport("epoll");
  }
}
