package dev.twinpath.server;

import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.OpenConnections;
import dev.twinpath.server.path.PathSwitch;

/**
 * What all services of one server share. Every part is thread-safe.
 *
 * @param config the settings
 * @param content the files
 * @param metrics the meters
 * @param paths the path of new connections
 * @param connections the connections that are open
 */
public record ServerContext(
    ServerConfig config,
    ContentStore content,
    ServerMetrics metrics,
    PathSwitch paths,
    OpenConnections connections) {}
