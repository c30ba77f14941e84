package dev.twinpath.sendfile;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends what lies beyond 2 GiB of a file over io_uring. Netty 4.2.18's splice keeps offset and
 * progress in 32 bits: it would send other bytes of the file, or hang. Such regions leave as mapped
 * pages instead, which the kernel copies into the socket; this process still touches no byte.
 */
@Sharable
final class FarOffsets extends ChannelOutboundHandlerAdapter {
  static final FarOffsets INSTANCE = new FarOffsets();

  /** Of one mapping and one buffer; any size below 2 GiB would do. */
  private static final long WINDOW = 1L << 30;

  private FarOffsets() {}

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
      throws Exception {
    if (!(message instanceof SharedFileRegion)) {
      ctx.write(message, promise);
      return;
    }
    SharedFileRegion region = (SharedFileRegion) message;
    if (region.position() + region.count() <= Integer.MAX_VALUE) {
      ctx.write(message, promise);
      return;
    }
    List<ByteBuf> windows;
    try {
      windows = map(region.fileChannel(), region.position(), region.count());
    } catch (IOException e) {
      // The file became shorter than the region: the promised bytes cannot be had any more.
      region.release();
      promise.setFailure(e);
      ctx.close();
      return;
    }
    ChannelPromise kept = promise.unvoid();
    kept.addListener(written -> region.release());
    for (int i = 0; i < windows.size(); i++) {
      ctx.write(windows.get(i), i == windows.size() - 1 ? kept : ctx.voidPromise());
    }
  }

  private static List<ByteBuf> map(FileChannel file, long position, long count) throws IOException {
    List<ByteBuf> windows = new ArrayList<>();
    for (long done = 0; done < count; done += WINDOW) {
      long length = Math.min(WINDOW, count - done);
      windows.add(Unpooled.wrappedBuffer(file.map(MapMode.READ_ONLY, position + done, length)));
    }
    return windows;
  }
}
