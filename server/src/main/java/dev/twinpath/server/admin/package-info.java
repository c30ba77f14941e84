/**
 * The admin port: metrics, health, the switch of the active path, the user stack's connections and
 * the live page. It has an event loop of its own, so that it answers while the data paths are busy,
 * and it listens on the loopback address only.
 */
package dev.twinpath.server.admin;
