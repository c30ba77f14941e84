package dev.twinpath.userstack.netty;

import dev.twinpath.nic.packet.Memory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import java.util.ArrayDeque;

/**
 * Bytes on their way from the stack to the pipeline: filled within the stack's poll, emptied after
 * it. Holds no buffer while nothing comes. On the loop's thread.
 */
final class InboundBuffers {
  private ByteBuf first;
  private ArrayDeque<ByteBuf> more;

  /**
   * Copies bytes in.
   *
   * @param address where they are
   * @param length how many
   * @param handle gives the size of new buffers
   * @param allocator gives the buffers
   * @param maxBuffers as many may wait for the pipeline
   * @return bytes taken, fewer than length when the buffers are full or memory is short
   */
  int add(
      long address,
      int length,
      RecvByteBufAllocator.Handle handle,
      ByteBufAllocator allocator,
      int maxBuffers) {
    int taken = 0;
    while (taken < length) {
      ByteBuf buffer = last();
      if (buffer == null || !buffer.isWritable()) {
        if (size() >= maxBuffers) {
          break;
        }
        try {
          buffer = handle.allocate(allocator);
        } catch (OutOfMemoryError e) {
          // The bytes stay in the stack; the read that follows meets the same error in a better
          // place.
          break;
        }
        append(buffer);
      }
      int piece = Math.min(length - taken, buffer.writableBytes());
      Memory.copy(address + taken, DirectBuffers.writeAddress(buffer), piece);
      buffer.writerIndex(buffer.writerIndex() + piece);
      taken += piece;
    }
    return taken;
  }

  private ByteBuf last() {
    return more == null || more.isEmpty() ? first : more.peekLast();
  }

  private void append(ByteBuf buffer) {
    if (first == null) {
      first = buffer;
      return;
    }
    if (more == null) {
      more = new ArrayDeque<>();
    }
    more.addLast(buffer);
  }

  int size() {
    return first == null ? 0 : 1 + (more == null ? 0 : more.size());
  }

  boolean isEmpty() {
    return first == null;
  }

  /** The next buffer for the pipeline, which owns it then; null if there is none. */
  ByteBuf poll() {
    ByteBuf buffer = first;
    if (buffer != null) {
      first = more == null ? null : more.pollFirst();
    }
    return buffer;
  }

  void release() {
    for (ByteBuf buffer = poll(); buffer != null; buffer = poll()) {
      buffer.release();
    }
  }
}
