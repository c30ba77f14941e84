/** HTTP/1.1 (RFC 9110, RFC 9112) for static files: the same handlers on both data paths. */
package dev.twinpath.server.http;
