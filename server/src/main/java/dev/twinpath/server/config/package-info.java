/** The typed model of everything that a server is told at its start. */
package dev.twinpath.server.config;
