/** The file server, put together from its rooms. */
package dev.twinpath.server;
