package dev.twinpath.nic.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A window of a capture file that moves forward, and knows where it is. */
final class CaptureInput implements AutoCloseable {
  /** The longest block that is looked into: a packet with its options. */
  static final int WINDOW = PcapngReader.MAX_CAPTURED + (1 << 17);

  private static final int FIRST_WINDOW = 1 << 15;

  private final FileChannel file;
  private final Path path;
  private ByteBuffer window = ByteBuffer.allocateDirect(FIRST_WINDOW);
  private long windowAddress = MemorySegment.ofBuffer(window).address();

  /** Where in the file the window's position is. */
  private long offset;

  CaptureInput(Path path) throws IOException {
    this.path = path;
    this.file = FileChannel.open(path, StandardOpenOption.READ);
    window.flip();
  }

  long offset() {
    return offset;
  }

  void bigEndian(boolean big) {
    window.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether so many bytes are there, at most {@link #WINDOW}. */
  boolean has(int bytes) throws IOException {
    if (window.remaining() >= bytes) {
      return true;
    }
    if (bytes > window.capacity()) {
      ByteBuffer larger = ByteBuffer.allocateDirect(WINDOW).order(window.order());
      window = larger.put(window);
      windowAddress = MemorySegment.ofBuffer(larger.duplicate().clear()).address();
    } else {
      window.compact();
    }
    try {
      while (window.position() < bytes && file.read(window) > 0) {
        continue;
      }
    } finally {
      window.flip();
    }
    return window.remaining() >= bytes;
  }

  void require(int bytes, String what) throws IOException {
    if (!has(bytes)) {
      throw PcapngReader.cutShort(what, offset);
    }
  }

  int bigEndianInt(int at) {
    ByteOrder order = window.order();
    int value = window.order(ByteOrder.BIG_ENDIAN).getInt(window.position() + at);
    window.order(order);
    return value;
  }

  int intAt(int at) {
    return window.getInt(window.position() + at);
  }

  int shortAt(int at) {
    return window.getShort(window.position() + at) & 0xffff;
  }

  long longAt(int at) {
    return window.getLong(window.position() + at);
  }

  int byteAt(int at) {
    return window.get(window.position() + at) & 0xff;
  }

  /** Where a byte of the window is, until it moves. */
  long address(int at) {
    return windowAddress + window.position() + at;
  }

  /** Moves on; bytes that are not in the window are not read. */
  void skip(long bytes) throws IOException {
    long inWindow = Math.min(bytes, window.remaining());
    window.position(window.position() + (int) inWindow);
    if (inWindow < bytes) {
      file.position(file.position() + (bytes - inWindow));
    }
    offset += bytes;
  }

  /** Bytes of the file from here on. */
  long left() throws IOException {
    return file.size() - offset;
  }

  IOException malformed(String what, String why) {
    return new IOException(path + ": the " + what + " at offset " + offset + " " + why);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
