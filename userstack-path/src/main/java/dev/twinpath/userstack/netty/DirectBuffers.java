package dev.twinpath.userstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Where buffers lie in memory: the stack reads and writes by address. */
final class DirectBuffers {
  private DirectBuffers() {}

  /** Whether a buffer's readable bytes lie in one piece that has an address. */
  static boolean isDirect(ByteBuf buffer) {
    return buffer.hasMemoryAddress() || buffer.isDirect() && buffer.nioBufferCount() == 1;
  }

  /** A buffer with the same bytes that is direct; the one given is released if it is another. */
  static ByteBuf direct(ByteBuf buffer, ByteBufAllocator allocator) {
    if (isDirect(buffer)) {
      return buffer;
    }
    ByteBuf copy = copy(buffer, allocator);
    ReferenceCountUtil.safeRelease(buffer);
    return copy;
  }

  /** A direct copy of a buffer's readable bytes. */
  static ByteBuf copy(ByteBuf buffer, ByteBufAllocator allocator) {
    int length = buffer.readableBytes();
    ByteBuf copy = allocator.directBuffer(length);
    copy.writeBytes(buffer, buffer.readerIndex(), length);
    return copy;
  }

  /** Absolute address of the first readable byte. */
  static long readAddress(ByteBuf buffer) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress() + buffer.readerIndex();
    }
    ByteBuffer nio = buffer.internalNioBuffer(buffer.readerIndex(), buffer.readableBytes());
    return MemorySegment.ofBuffer(nio).address();
  }

  /** Absolute address of the first writable byte. */
  static long writeAddress(ByteBuf buffer) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress() + buffer.writerIndex();
    }
    ByteBuffer nio = buffer.internalNioBuffer(buffer.writerIndex(), buffer.writableBytes());
    return MemorySegment.ofBuffer(nio).address();
  }
}
