/**
 * The kernel path: Netty's transports over the kernel's own TCP, probed and chosen, with file
 * regions that leave by {@code sendfile} or {@code splice}.
 */
package dev.twinpath.sendfile;
