/** The two data paths and the switch between them. */
package dev.twinpath.server.path;
