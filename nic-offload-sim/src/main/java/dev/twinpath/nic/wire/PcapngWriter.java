package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Writes frames as pcapng (draft-ietf-opsawg-pcapng), to a file or any stream: Ethernet interfaces,
 * with nanoseconds and the direction. Safe from any thread.
 */
public final class PcapngWriter implements AutoCloseable {
  /** The longest frame: an IP packet of 64 KiB with its Ethernet header. */
  public static final int MAX_SNAP_LENGTH = 65549;

  private static final int SECTION_HEADER = 0x0a0d0d0a;
  private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int INTERFACE_STATISTICS = 5;
  private static final int ENHANCED_PACKET = 6;
  private static final int LINK_TYPE_ETHERNET = 1;
  private static final int OPTION_END = 0;
  private static final int OPTION_APPLICATION = 4;
  private static final int OPTION_NAME = 2;
  private static final int OPTION_DESCRIPTION = 3;
  private static final int OPTION_TIME_RESOLUTION = 9;
  private static final int OPTION_FILTER = 11;
  private static final int OPTION_PACKET_FLAGS = 2;
  private static final int OPTION_PACKET_QUEUE = 6;
  private static final int OPTION_START = 2;
  private static final int OPTION_STOP = 3;
  private static final int OPTION_RECEIVED = 4;
  private static final int OPTION_DROPPED = 5;
  private static final int OPTION_ACCEPTED = 6;
  private static final int OPTION_DELIVERED = 8;
  private static final int NANOSECONDS = 9;
  private static final int MAX_TEXT = 8192;
  private static final int MAX_BLOCK = 65536 + 128;
  private static final int BUFFER = 1 << 18;

  /** What was captured shows in the file at the next frame after so long, or at the end. */
  private static final long FLUSH_NANOS = 100_000_000;

  /**
   * An interface in the file.
   *
   * @param name such as {@code userstack0}
   * @param description what it is, or ""
   * @param filter what was captured, as pcap-filter(7), or ""
   */
  public record Interface(String name, String description, String filter) {}

  /**
   * What became of an interface's frames, for the end of the file.
   *
   * @param startNanos the capture's begin, since 1970
   * @param stopNanos its end
   * @param received frames that were looked at
   * @param accepted of these, frames that fit the filter
   * @param dropped of these, frames that were lost for want of room
   * @param delivered of these, frames in the file
   */
  public record Statistics(
      long startNanos,
      long stopNanos,
      long received,
      long accepted,
      long dropped,
      long delivered) {}

  private final WritableByteChannel out;
  private final int snapLength;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
  private final long bufferAddress = MemorySegment.ofBuffer(buffer).address();
  private long flushedAt;
  private boolean closed;

  /**
   * Opens a file anew and writes its header, with one interface that has no name.
   *
   * @param snapLength bytes of each frame that are kept, 1 to {@link #MAX_SNAP_LENGTH}
   */
  public PcapngWriter(Path path, int snapLength) throws IOException {
    this(
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING),
        snapLength,
        List.of(new Interface("", "", "")));
  }

  /**
   * Writes the header with its interfaces, numbered from 0.
   *
   * @param out belongs to the writer; a write that blocks blocks the caller
   * @throws UncheckedIOException when it cannot be written
   */
  public PcapngWriter(WritableByteChannel out, int snapLength, List<Interface> interfaces) {
    if (snapLength < 1 || snapLength > MAX_SNAP_LENGTH) {
      throw new IllegalArgumentException("snap length " + snapLength);
    }
    this.snapLength = snapLength;
    this.out = out;
    sectionHeader();
    for (Interface each : interfaces) {
      describe(each);
    }
    flush();
  }

  private void sectionHeader() {
    int start = begin(SECTION_HEADER);
    buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
    text(OPTION_APPLICATION, "twinpath");
    end(start);
  }

  private void describe(Interface each) {
    if (buffer.remaining() < 4 * MAX_TEXT) {
      flush();
    }
    int start = begin(INTERFACE_DESCRIPTION);
    buffer.putShort((short) LINK_TYPE_ETHERNET).putShort((short) 0).putInt(snapLength);
    text(OPTION_NAME, each.name());
    text(OPTION_DESCRIPTION, each.description());
    buffer.putShort((short) OPTION_TIME_RESOLUTION).putShort((short) 1);
    buffer.put((byte) NANOSECONDS).put((byte) 0).putShort((short) 0);
    // The option's first byte tells the kind: 0 is a filter as text.
    text(OPTION_FILTER, each.filter().isEmpty() ? "" : "\0" + each.filter());
    end(start);
  }

  /** An option, unless it is empty. */
  private void text(int option, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, MAX_TEXT);
    if (length > 0) {
      buffer.putShort((short) option).putShort((short) length).put(bytes, 0, length);
      pad();
    }
  }

  private void pad() {
    while ((buffer.position() & 3) != 0) {
      buffer.put((byte) 0);
    }
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
   * Writes one frame of interface 0.
   *
   * @param epochNanos when, since 1970
   * @throws UncheckedIOException when the file cannot be written
   */
  public synchronized void write(Frame frame, long epochNanos, boolean outbound) {
    if (closed) {
      return;
    }
    int total = frame.totalLength();
    int kept = Math.min(total, snapLength);
    int start = beginPacket(0, epochNanos, kept, total);
    try {
      copy(frame, kept);
    } catch (InternalError truncated) {
      // A page of a truncated file: this frame is not captured.
      buffer.position(start);
      return;
    }
    pad();
    flags(outbound);
    end(start);
  }

  /**
   * Writes one frame of a queue, which is already cut to what is kept.
   *
   * @param number of the interface, which is the queue's too
   * @param kept bytes at the address, at most the snap length
   * @param total the frame's length
   * @throws UncheckedIOException when the file cannot be written
   */
  public synchronized void write(
      int number, long address, int kept, int total, long epochNanos, boolean outbound) {
    if (closed) {
      return;
    }
    int start = beginPacket(number, epochNanos, kept, total);
    put(address, kept);
    pad();
    flags(outbound);
    buffer.putShort((short) OPTION_PACKET_QUEUE).putShort((short) 4).putInt(number);
    end(start);
  }

  private int beginPacket(int number, long epochNanos, int kept, int total) {
    if (buffer.remaining() < MAX_BLOCK || epochNanos - flushedAt > FLUSH_NANOS) {
      flush();
      flushedAt = epochNanos;
    }
    int start = begin(ENHANCED_PACKET);
    buffer.putInt(number);
    time(epochNanos);
    buffer.putInt(kept).putInt(total);
    return start;
  }

  private void time(long epochNanos) {
    buffer.putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
  }

  private void flags(boolean outbound) {
    buffer.putShort((short) OPTION_PACKET_FLAGS).putShort((short) 4).putInt(outbound ? 2 : 1);
  }

  private void copy(Frame frame, int kept) {
    int left = kept;
    for (int i = 0; i < frame.segments() && left > 0; i++) {
      int length = Math.min(left, frame.length(i));
      put(frame.address(i), length);
      left -= length;
    }
    Memory.faultBarrier();
  }

  private void put(long address, int length) {
    Memory.copy(address, bufferAddress + buffer.position(), length);
    buffer.position(buffer.position() + length);
  }

  /**
   * Writes what became of an interface's frames.
   *
   * @throws UncheckedIOException when the file cannot be written
   */
  public synchronized void statistics(int number, Statistics statistics) {
    if (closed) {
      return;
    }
    if (buffer.remaining() < MAX_BLOCK) {
      flush();
    }
    int start = begin(INTERFACE_STATISTICS);
    buffer.putInt(number);
    time(statistics.stopNanos());
    buffer.putShort((short) OPTION_START).putShort((short) 8);
    time(statistics.startNanos());
    buffer.putShort((short) OPTION_STOP).putShort((short) 8);
    time(statistics.stopNanos());
    count(OPTION_RECEIVED, statistics.received());
    count(OPTION_DROPPED, statistics.dropped());
    count(OPTION_ACCEPTED, statistics.accepted());
    count(OPTION_DELIVERED, statistics.delivered());
    end(start);
  }

  private void count(int option, long value) {
    buffer.putShort((short) option).putShort((short) 8).putLong(value);
  }

  /** Writes what is buffered. */
  public synchronized void flush() {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the capture: " + e.getMessage(), e);
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
    try (out) {
      flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the capture", e);
    }
  }
}
