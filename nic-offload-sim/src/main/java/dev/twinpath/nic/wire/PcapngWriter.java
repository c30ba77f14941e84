package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes frames as a pcapng file (draft-ietf-opsawg-pcapng) of one Ethernet interface, with
 * nanoseconds and the direction. Safe from any thread.
 */
public final class PcapngWriter implements AutoCloseable {
  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int ENHANCED_PACKET = 6;
  private static final int LINK_TYPE_ETHERNET = 1;
  private static final int OPTION_END = 0;
  private static final int OPTION_APPLICATION = 4;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_PACKET_FLAGS = 2;
  private static final int NANOSECONDS = 9;
  private static final int MAX_BLOCK = 65536 + 128;
  private static final int BUFFER = 1 << 18;

  /** What was captured shows in the file at the next frame after so long, or at the end. */
  private static final long FLUSH_NANOS = 100_000_000;

  private final FileChannel file;
  private final int snapLength;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private final long bufferAddress = java.lang.foreign.MemorySegment.ofBuffer(buffer).address();
  private long flushedAt;
  private boolean closed;

  /**
   * Opens a file anew and writes its header.
   *
   * @param snapLength bytes of each frame that are kept, 1 to 65549
   */
  public PcapngWriter(Path path, int snapLength) throws IOException {
    if (snapLength < 1 || snapLength > 65549) {
      throw new IllegalArgumentException("snap length " + snapLength);
    }
    this.snapLength = snapLength;
    this.file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    header();
    flush();
  }

  private void header() {
    int start = begin(SECTION_HEADER);
    buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
    byte[] name = "twinpath".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    buffer.putShort((short) OPTION_APPLICATION).putShort((short) name.length).put(name);
    end(start);
    start = begin(INTERFACE_DESCRIPTION);
    buffer.putShort((short) LINK_TYPE_ETHERNET).putShort((short) 0).putInt(snapLength);
    buffer.putShort((short) OPTION_TIME_RESOLUTION).putShort((short) 1);
    buffer.put((byte) NANOSECONDS).put((byte) 0).putShort((short) 0);
    end(start);
  }

  private int begin(int type) {
    int start = buffer.position();
    buffer.putInt(type).putInt(0);
    return start;
  }

  /** Ends the options and the block. */
  private void end(int start) {
    buffer.putShort((short) OPTION_END).putShort((short) 0);
    int length = buffer.position() + 4 - start;
    buffer.putInt(length).putInt(start + 4, length);
  }

  /**
   * Writes one frame.
   *
   * @param epochNanos when, since 1970
   * @throws UncheckedIOException when the file cannot be written
   */
  public synchronized void write(Frame frame, long epochNanos, boolean outbound) {
    if (closed) {
      return;
    }
    if (buffer.remaining() < MAX_BLOCK || epochNanos - flushedAt > FLUSH_NANOS) {
      flush();
      flushedAt = epochNanos;
    }
    int start = begin(ENHANCED_PACKET);
    int total = frame.totalLength();
    int kept = Math.min(total, snapLength);
    buffer.putInt(0).putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
    buffer.putInt(kept).putInt(total);
    try {
      copy(frame, kept);
    } catch (InternalError truncated) {
      // A page of a truncated file: this frame is not captured.
      buffer.position(start);
      return;
    }
    buffer.putShort((short) OPTION_PACKET_FLAGS).putShort((short) 4).putInt(outbound ? 2 : 1);
    end(start);
  }

  private void copy(Frame frame, int kept) {
    int left = kept;
    for (int i = 0; i < frame.segments() && left > 0; i++) {
      int length = Math.min(left, frame.length(i));
      Memory.copy(frame.address(i), bufferAddress + buffer.position(), length);
      buffer.position(buffer.position() + length);
      left -= length;
    }
    Memory.faultBarrier();
    while ((buffer.position() & 3) != 0) {
      buffer.put((byte) 0);
    }
  }

  /** Writes what is buffered. */
  public synchronized void flush() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        file.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the capture", e);
    } finally {
      buffer.clear();
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (file) {
      flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the capture", e);
    }
  }
}
