package dev.twinpath.nic.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds captures by hand, byte by byte, in either byte order. */
final class CaptureFile {
  private final ByteBuffer bytes;

  CaptureFile(ByteOrder order) {
    bytes = ByteBuffer.allocate(1 << 20).order(order);
  }

  CaptureFile section() {
    return block(
        0x0a0d0d0a,
        body -> body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1));
  }

  /**
   * @param resolution of the interface's clock, as in the option; -1 for none
   */
  CaptureFile description(int linkType, int snapLength, int resolution) {
    return block(
        1,
        body -> {
          body.putShort((short) linkType).putShort((short) 0).putInt(snapLength);
          if (resolution >= 0) {
            option(body, 2, "eth0".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            option(body, 9, new byte[] {(byte) resolution});
            body.putInt(0);
          }
        });
  }

  /**
   * @param direction of the packet's flags; -1 for no flags
   */
  CaptureFile packet(int of, long units, byte[] frame, int original, int direction) {
    return block(
        6,
        body -> {
          body.putInt(of).putInt((int) (units >>> 32)).putInt((int) units);
          body.putInt(frame.length).putInt(original).put(frame);
          pad(body);
          if (direction >= 0) {
            option(body, 1, new byte[] {'x'});
            body.putShort((short) 2).putShort((short) 4).putInt(direction).putInt(0);
          }
        });
  }

  CaptureFile packet(int of, long units, byte[] frame) {
    return packet(of, units, frame, frame.length, -1);
  }

  CaptureFile simple(byte[] frame, int original) {
    return block(
        3,
        body -> {
          body.putInt(original).put(frame);
          pad(body);
        });
  }

  CaptureFile block(int type, java.util.function.Consumer<ByteBuffer> body) {
    int start = bytes.position();
    bytes.putInt(type).putInt(0);
    body.accept(bytes);
    int length = bytes.position() + 4 - start;
    bytes.putInt(length).putInt(start + 4, length);
    return this;
  }

  private static void option(ByteBuffer body, int code, byte[] value) {
    body.putShort((short) code).putShort((short) value.length).put(value);
    pad(body);
  }

  private static void pad(ByteBuffer body) {
    while ((body.position() & 3) != 0) {
      body.put((byte) 0);
    }
  }

  byte[] bytes() {
    return java.util.Arrays.copyOf(bytes.array(), bytes.position());
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes());
  }
}
