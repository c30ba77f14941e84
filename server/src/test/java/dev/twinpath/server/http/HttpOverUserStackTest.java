package dev.twinpath.server.http;

import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;

/** {@link HttpContract} on the user path, reached through the gateway. */
class HttpOverUserStackTest extends HttpContract {
  @Override
  ServerConfig.Builder settings(ServerConfig.Builder defaults) {
    return defaults.initialPath(DataPath.USERSTACK);
  }
}
