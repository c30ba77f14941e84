/** Finds out what this machine can do for each path and wire, by trying without a trace. */
package dev.twinpath.server.doctor;
