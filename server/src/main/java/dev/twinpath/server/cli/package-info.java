/** The command line: {@code ./twinpath}. */
package dev.twinpath.server.cli;
