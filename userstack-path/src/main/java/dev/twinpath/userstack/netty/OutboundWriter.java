package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundBuffer.MessageProcessor;
import io.netty.channel.FileRegion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Moves flushed messages into a connection's send queue.
 *
 * <p>A buffer's bytes are copied into the shard's send slab, and its promise succeeds then, as with
 * a kernel's socket buffer. A mapped region is queued as a range of pages and its promise succeeds
 * when the peer has acknowledged it and the NIC is done: until then it stays in the outbound
 * buffer, and so does, in order, what was written after it; but the stack gets those later messages
 * at once, so that a pipelined answer does not wait for the acknowledgement of the one before. On
 * the loop's thread.
 */
final class OutboundWriter implements MessageProcessor {
  /**
   * Stands for an empty buffer, so that {@link Unpooled#EMPTY_BUFFER} marks cancelled entries only.
   */
  static final ByteBuf EMPTY = Unpooled.unreleasableBuffer(Unpooled.EMPTY_BUFFER);

  /** Messages that may be in the stack and not yet removed; bounds the walk over them. */
  private static final int MAX_SUBMITTED = 256;

  /** In {@link #submitted}, a message that was copied and only waits for those before it. */
  private static final Object COPIED = new Object();

  private final UserStackSocketChannel channel;
  private final UserStackIoHandler handler;
  private final TcpConnection connection;
  private final RegisteredMemory memory;

  private Object[] submitted = new Object[4];
  private int head;
  private int count;

  /** Payload bytes given to the stack so far. */
  private long streamQueued;

  /**
   * A range that is done with, for the next region: one at a time is what most connections have.
   */
  private OutgoingRange spare;

  private WritableByteChannel slabChannel;
  private int skip;
  private boolean moved;

  OutboundWriter(
      UserStackSocketChannel channel, UserStackIoHandler handler, TcpConnection connection) {
    this.channel = channel;
    this.handler = handler;
    this.connection = connection;
    this.memory = handler.stack().nic().memory();
  }

  /** Whether a file range is not yet given back by the stack, or waits to be removed. */
  boolean rangesInFlight() {
    return count > 0;
  }

  /**
   * Removes what is done and queues what the stack takes.
   *
   * @param in the channel's outbound buffer
   * @param spin rounds at most
   * @return whether there is more that the stack might take at once
   * @throws IOException if a region cannot be read
   */
  boolean write(ChannelOutboundBuffer in, int spin) throws Exception {
    moved = false;
    try {
      boolean more;
      int rounds = spin;
      do {
        removeCompleted(in);
        more = count == 0 ? writeHead(in) : writeBehind(in);
      } while (more && --rounds > 0);
      return more;
    } finally {
      if (moved) {
        connection.flush();
      }
    }
  }

  /** Takes finished messages off the outbound buffer's head. */
  private void removeCompleted(ChannelOutboundBuffer in) {
    while (count > 0) {
      Object entry = submitted[head];
      removeCancelled(in);
      if (entry != COPIED) {
        OutgoingRange range = (OutgoingRange) entry;
        if (range.released() && !range.complete()) {
          // The connection is gone; its end, which is noted already, fails what is left.
          return;
        }
        long progress = range.released() ? range.finish() : range.advance(connection.bytesAcked());
        if (progress > 0) {
          in.progress(progress);
        }
        if (!range.released()) {
          return;
        }
        if (range.letGo()) {
          spare = range;
        }
      }
      submitted[head] = null;
      head = (head + 1) & (submitted.length - 1);
      count--;
      in.remove();
    }
  }

  private static void removeCancelled(ChannelOutboundBuffer in) {
    while (in.current() == Unpooled.EMPTY_BUFFER) {
      in.remove();
    }
  }

  /** Nothing is in flight: works on the outbound buffer's head; false when it is empty or stuck. */
  private boolean writeHead(ChannelOutboundBuffer in) throws IOException {
    Object message = in.current();
    if (message == null) {
      return false;
    }
    if (message instanceof ByteBuf) {
      ByteBuf buffer = (ByteBuf) message;
      int readable = buffer.readableBytes();
      int taken = readable == 0 ? 0 : copy(buffer);
      if (taken > 0) {
        in.progress(taken);
      }
      if (taken < readable) {
        return false;
      }
      in.remove();
      return true;
    }
    FileRegion region = (FileRegion) message;
    if (region.transferred() >= region.count()) {
      in.remove();
      return true;
    }
    if (region instanceof MappedRegion) {
      submit((MappedRegion) region);
      return true;
    }
    long taken = read(region);
    if (taken > 0) {
      in.progress(taken);
    }
    if (region.transferred() < region.count()) {
      return taken > 0;
    }
    in.remove();
    return true;
  }

  /** Something is in flight: submits what comes behind it. */
  private boolean writeBehind(ChannelOutboundBuffer in) throws Exception {
    skip = count;
    in.forEachFlushedMessage(this);
    return false;
  }

  /** One message of the walk of {@link #writeBehind}; false ends it. */
  @Override
  public boolean processMessage(Object message) {
    if (skip > 0) {
      skip--;
      return true;
    }
    if (count == MAX_SUBMITTED) {
      return false;
    }
    if (message instanceof ByteBuf) {
      ByteBuf buffer = (ByteBuf) message;
      int readable = buffer.readableBytes();
      if (readable > 0 && copy(buffer) < readable) {
        return false;
      }
      push(COPIED);
      return true;
    }
    if (message instanceof MappedRegion) {
      MappedRegion region = (MappedRegion) message;
      if (region.count() == 0) {
        push(COPIED);
      } else {
        submit(region);
      }
      return true;
    }
    // A region that is not mapped is read when it has come to the head.
    return false;
  }

  private int copy(ByteBuf buffer) {
    int length = Math.min(buffer.readableBytes(), connection.sendSlabFree());
    if (length <= 0) {
      return 0;
    }
    int taken = connection.sendBytes(DirectBuffers.readAddress(buffer), length);
    if (taken > 0) {
      buffer.skipBytes(taken);
      streamQueued += taken;
      moved = true;
    }
    return taken;
  }

  private void submit(MappedRegion region) {
    int key = region.mappedFile().region(memory);
    OutgoingRange range = spare != null ? spare : new OutgoingRange(channel, handler, connection);
    spare = null;
    range.begin(region, streamQueued);
    push(range);
    streamQueued += region.count();
    moved = true;
    connection.sendRange(key, region.position(), region.count(), range);
  }

  private void push(Object entry) {
    if (count == submitted.length) {
      Object[] grown = new Object[count * 2];
      for (int i = 0; i < count; i++) {
        grown[i] = submitted[(head + i) & (submitted.length - 1)];
      }
      submitted = grown;
      head = 0;
    }
    submitted[(head + count) & (submitted.length - 1)] = entry;
    count++;
  }

  /** Copies a part of a region that is not mapped, as much as the stack takes; returns how much. */
  private long read(FileRegion region) throws IOException {
    if (connection.sendSlabFree() == 0) {
      return 0;
    }
    long before = region.transferred();
    if (slabChannel == null) {
      slabChannel = new SlabChannel();
    }
    long sent = region.transferTo(slabChannel, before);
    long progress = region.transferred() - before;
    if (sent <= 0 && progress == 0) {
      // The slab had room, so the file had no more bytes: as Netty's own transports, it is an
      // error.
      throw new IOException(
          "region of " + region.count() + " bytes ended after " + region.transferred());
    }
    return progress;
  }

  /**
   * Where a region that is not mapped writes its bytes: the stack's slab, as far as there is room.
   */
  private final class SlabChannel implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int length = Math.min(source.remaining(), connection.sendSlabFree());
      if (length == 0) {
        return 0;
      }
      int taken;
      if (source.isDirect()) {
        taken = connection.sendBytes(MemorySegment.ofBuffer(source).address(), length);
      } else {
        ByteBuf copy = channel.alloc().directBuffer(length);
        try {
          copy.writeBytes(source.duplicate().limit(source.position() + length));
          taken = connection.sendBytes(DirectBuffers.readAddress(copy), length);
        } finally {
          copy.release();
        }
      }
      source.position(source.position() + taken);
      streamQueued += taken;
      moved |= taken > 0;
      return taken;
    }

    @Override
    public boolean isOpen() {
      return !connection.isClosed();
    }

    @Override
    public void close() {}
  }
}
