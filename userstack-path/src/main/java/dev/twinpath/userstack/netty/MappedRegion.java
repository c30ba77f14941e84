package dev.twinpath.userstack.netty;

import io.netty.channel.FileRegion;

/**
 * A file region that can also give its mapped pages.
 *
 * <p>The kernel transports see the file ({@code sendfile}, {@code splice}); a {@link
 * UserStackSocketChannel} sees {@link #mappedFile()} and queues {@link #position()} to {@code
 * position() + count()} as page ranges, so that no byte of it is copied by the host. The region is
 * retained while the stack or the NIC may still read its pages, also after the channel was closed.
 */
public interface MappedRegion extends FileRegion {

  /**
   * The mapping that holds this region's bytes; it stays mapped while this region is not released.
   */
  MappedFile mappedFile();

  /**
   * Adds acknowledged bytes to {@link #transferred()}. Called by the user stack's channel on its
   * event loop; the sum over a region never exceeds {@link #count()}.
   *
   * @param bytes bytes that the peer acknowledged since the last call, more than 0
   */
  void advance(long bytes);
}
