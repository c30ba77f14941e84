package dev.twinpath.userstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Buffers of one byte, so that each byte is a message: a given number of them in each loop of
 * reading, or, with 0, as many as auto-read permits.
 */
final class OneByteReads implements RecvByteBufAllocator {
  private final int perLoop;

  OneByteReads(int perLoop) {
    this.perLoop = perLoop;
  }

  @Override
  public ExtendedHandle newHandle() {
    return new ExtendedHandle() {
      private ChannelConfig config;
      private int messages;
      private int attempted;
      private int last;

      @Override
      public ByteBuf allocate(ByteBufAllocator allocator) {
        return allocator.ioBuffer(1, 1);
      }

      @Override
      public int guess() {
        return 1;
      }

      @Override
      public void reset(ChannelConfig of) {
        config = of;
        messages = 0;
      }

      @Override
      public void incMessagesRead(int count) {
        messages += count;
      }

      @Override
      public void lastBytesRead(int bytes) {
        last = bytes;
      }

      @Override
      public int lastBytesRead() {
        return last;
      }

      @Override
      public void attemptedBytesRead(int bytes) {
        attempted = bytes;
      }

      @Override
      public int attemptedBytesRead() {
        return attempted;
      }

      @Override
      public boolean continueReading() {
        return perLoop == 0 ? config.isAutoRead() : messages < perLoop;
      }

      @Override
      public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
        return continueReading();
      }

      @Override
      public void readComplete() {}
    };
  }
}
