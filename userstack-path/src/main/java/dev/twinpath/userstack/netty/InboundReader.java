package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;

/**
 * The reading half of a {@link UserStackSocketChannel}: takes bytes within the stack's poll while a
 * read is pending, and gives them to the pipeline after it. On the loop's thread.
 */
final class InboundReader {
  /** Buffers that one poll may fill for the pipeline, if it reads automatically. */
  private static final int MAX_BUFFERS = 16;

  private static final int DISCARD_BYTES = 1 << 16;

  private final UserStackSocketChannel channel;
  private final InboundBuffers buffers = new InboundBuffers();
  private boolean readPending;
  private boolean remoteClosed;
  private boolean endTold;

  InboundReader(UserStackSocketChannel channel) {
    this.channel = channel;
  }

  private UserStackSocketChannelConfig config() {
    return channel.config();
  }

  private RecvByteBufAllocator.Handle handle() {
    return channel.unsafe().recvBufAllocHandle();
  }

  /** Whether the pipeline asked for data that has not come yet. */
  boolean readPending() {
    return readPending;
  }

  /** The pipeline asks for data; returns whether there is something already. */
  boolean beginRead() {
    readPending = true;
    return hasInput();
  }

  /** What comes from now on stays in the stack. */
  void clearReadPending() {
    readPending = false;
  }

  private boolean hasInput() {
    TcpConnection connection = channel.connection();
    return !buffers.isEmpty()
        || connection != null && connection.receiveAvailable() > 0
        || (remoteClosed || channel.isInputShutdown()) && !endTold;
  }

  /** Bytes came, within the stack's poll; returns how many are taken. */
  int take(long address, int length) {
    if (channel.isInputShutdown()) {
      return length;
    }
    if (!readPending) {
      return 0;
    }
    RecvByteBufAllocator.Handle handle = handle();
    if (buffers.isEmpty()) {
      handle.reset(config());
    }
    int maxBuffers = config().isAutoRead() ? MAX_BUFFERS : 1;
    return buffers.add(address, length, handle, config().getAllocator(), maxBuffers);
  }

  /** The peer's FIN came, and all its data was taken. */
  void remoteClosed() {
    remoteClosed = true;
  }

  /** Gives the pipeline what there is; returns whether it asks for more that is there already. */
  boolean read() {
    if (!readPending || !channel.isActive()) {
      return false;
    }
    if (channel.isInputShutdown()) {
      end();
      return false;
    }
    RecvByteBufAllocator.Handle handle = handle();
    handle.reset(config());
    boolean any = false;
    do {
      ByteBuf buffer = next(handle);
      if (buffer == null) {
        break;
      }
      handle.incMessagesRead(1);
      readPending = false;
      any = true;
      channel.pipeline().fireChannelRead(buffer);
    } while (channel.isActive() && handle.continueReading());
    if (any) {
      handle.readComplete();
      channel.pipeline().fireChannelReadComplete();
    }
    if (!channel.isActive()) {
      return false;
    }
    if (remoteClosed && buffers.isEmpty() && channel.connection().receiveAvailable() == 0) {
      if (!any) {
        channel.pipeline().fireChannelReadComplete();
      }
      end();
      return false;
    }
    return readPending && hasInput();
  }

  private ByteBuf next(RecvByteBufAllocator.Handle handle) {
    ByteBuf buffer = buffers.poll();
    if (buffer != null) {
      handle.attemptedBytesRead(buffer.capacity());
      handle.lastBytesRead(buffer.readableBytes());
      return buffer;
    }
    TcpConnection connection = channel.connection();
    if (connection.receiveAvailable() == 0) {
      return null;
    }
    buffer = handle.allocate(config().getAllocator());
    int room = buffer.writableBytes();
    int bytes = connection.receive(DirectBuffers.writeAddress(buffer), room);
    handle.attemptedBytesRead(room);
    handle.lastBytesRead(bytes);
    buffer.writerIndex(buffer.writerIndex() + bytes);
    return buffer;
  }

  private void end() {
    readPending = false;
    if (!channel.isInputShutdown()) {
      if (!config().isAllowHalfClosure()) {
        channel.unsafe().close(channel.unsafe().voidPromise());
        return;
      }
      channel.markInputShutdown();
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
    if (!endTold) {
      endTold = true;
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
    }
  }

  /** Drops what the pipeline will not read, so that the peer may go on sending into the void. */
  void discard() {
    buffers.release();
    TcpConnection connection = channel.connection();
    if (connection == null || connection.receiveAvailable() == 0) {
      return;
    }
    ByteBuf scratch = channel.alloc().directBuffer(DISCARD_BYTES);
    try {
      long address = DirectBuffers.writeAddress(scratch);
      while (connection.receive(address, DISCARD_BYTES) > 0) {
        // Dropped.
      }
    } finally {
      scratch.release();
    }
  }

  /** The channel is closed. */
  void close() {
    readPending = false;
    buffers.release();
  }
}
