package dev.twinpath.userstack.udp;

import dev.twinpath.userstack.ip.IcmpError;

/** What an application hears of a {@link UdpSocket}. Shard's thread, from within its poll. */
public interface UdpHandler {
  /**
   * A datagram came and none waits before it.
   *
   * @param sourceHigh the sender's address, as {@code IpAddress} has it
   * @param sourceLow the rest of it
   * @param sourcePort the sender's port; 0 = it expects no answer
   * @param address of the payload; valid during the call
   * @param length bytes of payload, 0..65527
   * @return false to leave it in the socket's queue, where {@link UdpSocket#receive} finds it
   */
  boolean onDatagram(long sourceHigh, long sourceLow, int sourcePort, long address, int length);

  /** A datagram was put into the queue, which was empty before. */
  default void onQueued() {}

  /**
   * The peer of a connected socket, or a router, refused a datagram: port or protocol unreachable,
   * prohibited, too big, or a header that is not understood. Softer errors are not told, as with
   * Linux.
   */
  default void onError(IcmpError.Kind kind) {}

  /** After {@link SendResult#BLOCKED} there may be room again. */
  default void onWritable() {}
}
