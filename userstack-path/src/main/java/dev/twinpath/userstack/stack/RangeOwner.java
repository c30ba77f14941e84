package dev.twinpath.userstack.stack;

/**
 * The owner of a page range that was queued with {@link TcpConnection#sendRange}. Called on the
 * shard's thread.
 */
public interface RangeOwner {
  /**
   * Nobody reads the range any more: the peer acknowledged it and the device completed its last
   * packet, or the connection is gone and the device is done. Called exactly once per range.
   *
   * @param acked bytes of this range that the peer acknowledged
   * @param complete whether that is the whole range
   */
  void release(long acked, boolean complete);

  /**
   * Whether the pages can be read without blocking. Asked before each packet that reads them, so it
   * must be cheap. After false the connection sends nothing until {@link
   * TcpConnection#resumeRange}.
   *
   * @param offset first byte, as an offset in the registered region
   * @param length bytes
   * @return true if resident
   */
  default boolean ready(long offset, int length) {
    return true;
  }
}
