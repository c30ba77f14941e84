package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * One receive buffer for all connections of an event loop.
 *
 * <p>A load generator looks at received bytes once and keeps none, so that one buffer, always warm
 * in the cache, does for all: no allocation, no adaption of sizes. It relies on the transport
 * reading and handing on one buffer before it asks for the next, as epoll and NIO do.
 */
final class ReceiveBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
  /** One buffer that lives as long as the run needs no tracking at each read. */
  private static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(true, true);

  private final ByteBuf buffer;

  ReceiveBuffer(int capacity) {
    buffer = UNTRACKED.directBuffer(capacity, capacity);
  }

  @Override
  public Handle newHandle() {
    return new BufferHandle();
  }

  void release() {
    buffer.release();
  }

  private final class BufferHandle extends MaxMessageHandle {
    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return buffer.retain().clear();
    }

    @Override
    public int guess() {
      return buffer.capacity();
    }
  }
}
