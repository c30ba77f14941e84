/** The user-level stack as a Netty transport; mapped files that it sends without copying. */
package dev.twinpath.userstack.netty;
