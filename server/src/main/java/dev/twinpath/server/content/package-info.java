/** Opening files below the root, keeping them open, and leasing them to transfers. */
package dev.twinpath.server.content;
