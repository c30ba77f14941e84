package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcapngReaderTest {
  private static final int ETHERNET = 1;
  private static final int RAW_IP = 101;

  private record Read(long nanos, int direction, List<Byte> bytes) {}

  @TempDir Path folder;

  private static byte[] frame(int mark, int length) {
    byte[] frame = new byte[length];
    java.util.Arrays.fill(frame, (byte) mark);
    return frame;
  }

  private static Read read(long nanos, int direction, byte[] bytes) {
    List<Byte> boxed = new ArrayList<>();
    for (byte b : bytes) {
      boxed.add(b);
    }
    return new Read(nanos, direction, boxed);
  }

  private static List<Read> readAll(PcapngReader reader) throws IOException {
    List<Read> frames = new ArrayList<>();
    while (reader.next()) {
      frames.add(
          read(
              reader.epochNanos(),
              reader.direction(),
              Memory.toArray(reader.address(), reader.length())));
    }
    return frames;
  }

  private static ByteOrder order(String name) {
    return name.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  @ParameterizedTest
  @ValueSource(strings = {"little", "big"})
  void readsSectionsInterfacesAndPackets(String order) throws IOException {
    Path file =
        new CaptureFile(order(order))
            .section()
            .description(ETHERNET, 0, 9)
            .description(RAW_IP, 0, 6)
            .description(ETHERNET, 100, -1)
            .packet(0, 5_000_000_123L, frame(1, 61), 61, 1)
            .packet(1, 6, frame(2, 60))
            .block(5, body -> body.putLong(0))
            .packet(2, 7_000_001, frame(3, 100), 200, 0)
            .packet(2, 7_000_002, frame(4, 99), 99, 2)
            .simple(frame(5, 63), 63)
            .section()
            .description(ETHERNET, 0, 0x80 | 10)
            .packet(0, 1024 + 512, frame(6, 64))
            .write(folder.resolve("all.pcapng"));
    try (PcapngReader reader = new PcapngReader(file)) {
      assertThat(readAll(reader))
          .containsExactly(
              read(5_000_000_123L, PcapngReader.DIRECTION_RECEIVED, frame(1, 61)),
              read(7_000_002_000L, PcapngReader.DIRECTION_SENT, frame(4, 99)),
              read(7_000_002_000L, PcapngReader.DIRECTION_UNKNOWN, frame(5, 63)),
              read(1_500_000_000L, PcapngReader.DIRECTION_UNKNOWN, frame(6, 64)));
      assertThat(reader.frames()).isEqualTo(4);
      assertThat(reader.otherInterfaces()).isEqualTo(1);
      assertThat(reader.truncated()).isEqualTo(1);
      assertThat(reader.otherBlocks()).isEqualTo(1);
      assertThat(reader.next()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "6, 1500000, 1500000000", "3, 1500, 1500000000", "0, 2, 2000000000",
    "12, 1500000000000, 1500000000", "137, 768, 1500000000", "168, 1649267441664, 1500000000",
  })
  void readsTimesInEveryResolution(int resolution, long units, long nanos) throws IOException {
    Path file =
        new CaptureFile(ByteOrder.LITTLE_ENDIAN)
            .section()
            .description(ETHERNET, 0, resolution)
            .packet(0, units, frame(1, 60))
            .write(folder.resolve("time.pcapng"));
    try (PcapngReader reader = new PcapngReader(file)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.epochNanos()).isEqualTo(nanos);
    }
  }

  @ParameterizedTest
  @CsvSource({"little, false", "big, false", "little, true", "big, true"})
  void readsTheOlderFormat(String order, boolean nanos) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(1000).order(order(order));
    bytes.putInt(nanos ? 0xa1b23c4d : 0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
    bytes.putLong(0).putInt(65535).putInt(ETHERNET);
    bytes.putInt(10).putInt(500).putInt(60).putInt(60).put(frame(1, 60));
    bytes.putInt(11).putInt(0).putInt(60).putInt(90).put(frame(2, 60));
    Path file = folder.resolve("old.pcap");
    Files.write(file, java.util.Arrays.copyOf(bytes.array(), bytes.position()));
    try (PcapngReader reader = new PcapngReader(file)) {
      assertThat(readAll(reader))
          .containsExactly(read(10_000_000_000L + (nanos ? 500 : 500_000), 0, frame(1, 60)));
      assertThat(reader.truncated()).isEqualTo(1);
    }
  }

  private String failure(CaptureFile capture, int cut) throws IOException {
    Path file = folder.resolve("bad.pcapng");
    byte[] bytes = capture.bytes();
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - cut));
    StringBuilder message = new StringBuilder();
    assertThatIOException()
        .isThrownBy(
            () -> {
              try (PcapngReader reader = new PcapngReader(file)) {
                readAll(reader);
              }
            })
        .satisfies(e -> message.append(e.getMessage()));
    return message.toString();
  }

  private static CaptureFile little() {
    return new CaptureFile(ByteOrder.LITTLE_ENDIAN).section();
  }

  @Test
  void malformedFilesAreNamedWithBlockAndOffset() throws IOException {
    assertThat(failure(new CaptureFile(ByteOrder.LITTLE_ENDIAN), 0)).contains("too short");
    assertThat(failure(new CaptureFile(ByteOrder.LITTLE_ENDIAN).simple(frame(1, 60), 60), 0))
        .contains("neither pcapng nor pcap");
    assertThat(failure(little().packet(0, 1, frame(1, 60)), 0))
        .contains("enhanced packet block at offset 28", "interface 0");
    assertThat(failure(little().description(ETHERNET, 0, 9).packet(0, 1, frame(1, 60)), 5))
        .contains("enhanced packet block at offset 68", "cut short");
    assertThat(failure(little().block(6, body -> body.putInt(0)), 0)).contains("has the length 16");
    assertThat(failure(little().block(77, body -> body.put((byte) 0)), 0))
        .contains("block of type 77 at offset 28 has the length 13");
    assertThat(
            failure(
                little()
                    .description(ETHERNET, 0, 9)
                    .block(
                        6, body -> body.putInt(0).putLong(0).putInt(1000).putInt(1000).putLong(0)),
                0))
        .contains("captures 1000 bytes in 40");
    assertThat(
            failure(
                little().block(1, body -> body.putLong(1).putShort((short) 2).putShort((short) 99)),
                0))
        .contains("option that leads out");
    assertThat(
            failure(
                new CaptureFile(ByteOrder.LITTLE_ENDIAN)
                    .block(0x0a0d0d0a, body -> body.putInt(0x1a2b3c4d).putLong(2).putInt(0)),
                0))
        .contains("version 2");
  }

  @Test
  void longBlocksAreReadOrPassedOver() throws IOException {
    Path file =
        little()
            .block(0xbad, body -> body.position(body.position() + 900_000))
            .description(ETHERNET, 0, 9)
            .packet(0, 1, frame(1, 60))
            .packet(0, 2, frame(2, 65_549))
            .packet(0, 3, frame(3, 60))
            .write(folder.resolve("long.pcapng"));
    try (PcapngReader reader = new PcapngReader(file)) {
      assertThat(readAll(reader))
          .containsExactly(
              read(1, 0, frame(1, 60)), read(2, 0, frame(2, 65_549)), read(3, 0, frame(3, 60)));
    }
  }
}
