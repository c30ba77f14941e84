package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.MemoryWire;
import io.netty.util.IllegalReferenceCountException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  private static final long FIVE_GIB = 5L << 30;

  @TempDir private Path directory;

  private static boolean isMapped(Path file) throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains(file.getFileName().toString());
  }

  @Test
  void givesTheFilesBytesAndUnmapsOnTheLastRelease() throws Exception {
    Path file = Files.writeString(directory.resolve("mapped-content"), "0123456789");
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 10);
      assertThat(mapped.length()).isEqualTo(10);
      assertThat(new String(Memory.toArray(mapped.address() + 3, 4), StandardCharsets.US_ASCII))
          .isEqualTo("3456");
      mapped.retain();
      assertThat(mapped.release()).isFalse();
      assertThat(isMapped(file)).isTrue();
      assertThat(mapped.release()).isTrue();
      assertThat(isMapped(file)).isFalse();
      assertThat(channel.isOpen()).isTrue();
      assertThatThrownBy(mapped::retain).isInstanceOf(IllegalReferenceCountException.class);
    }
  }

  @Test
  void registersOncePerNicAndDeregistersBeforeUnmapping() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "0123456789");
    MemoryWire.Pair wire = MemoryWire.pair();
    try (FileChannel channel = FileChannel.open(file);
        Nic one = new Nic(NicConfig.defaults(1), wire.left());
        Nic two = new Nic(NicConfig.defaults(2), wire.right())) {
      MappedFile mapped = MappedFile.map(channel, 10);
      int key = mapped.region(one.memory());
      int other = mapped.region(two.memory());

      assertThat(mapped.region(one.memory())).isEqualTo(key);
      assertThat(one.memory().regions()).isEqualTo(1);
      assertThat(one.memory().translate(key, 2, 8, RegisteredMemory.READ))
          .isEqualTo(mapped.address() + 2);
      assertThat(one.memory().translate(key, 2, 9, RegisteredMemory.READ)).isEqualTo(-1);
      assertThat(one.memory().translate(key, 0, 1, RegisteredMemory.WRITE)).isEqualTo(-1);

      mapped.release();
      assertThat(one.memory().regions()).isZero();
      assertThat(two.memory().translate(other, 0, 1, RegisteredMemory.READ)).isEqualTo(-1);
    }
  }

  @Test
  void mapsAnEmptyFile() throws Exception {
    Path file = Files.createFile(directory.resolve("empty"));
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 0);
      assertThat(mapped.length()).isZero();
      MappedFileRegion region = new MappedFileRegion(channel, mapped, 0, 0);
      assertThat(region.count()).isZero();
      region.release();
      assertThat(mapped.release()).isTrue();
    }
  }

  @Test
  void mapsMoreThanFourGibibytes() throws Exception {
    Path file = directory.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {42}), FIVE_GIB - 1);
      MappedFile mapped = MappedFile.map(channel, FIVE_GIB);
      assertThat(Memory.getByte(mapped.address() + FIVE_GIB - 1)).isEqualTo(42);
      assertThat(mapped.resident(FIVE_GIB - 1, 1)).isIn(true, false);
      mapped.release();
    }
  }

  @Test
  void refusesToMapBeyondTheEnd() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "0123456789");
    try (FileChannel channel = FileChannel.open(file)) {
      assertThatThrownBy(() -> MappedFile.map(channel, 11)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> MappedFile.map(channel, -1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void readAheadMakesPagesResident() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[5 << 20]);
    try (FileChannel channel = FileChannel.open(file);
        ReadAhead readAhead = new ReadAhead()) {
      MappedFile mapped = MappedFile.map(channel, 5 << 20);
      CountDownLatch done = new CountDownLatch(1);
      readAhead.read(mapped, 0, 2, done::countDown);
      assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();

      assertThat(mapped.resident(0, 5 << 20)).isTrue();
      assertThat(mapped.residency().chunks()).isEqualTo(3);
      assertThat(mapped.residency().known(2, System.nanoTime())).isTrue();
      assertThat(mapped.release()).as("the read-ahead gave its reference back").isTrue();
    }
  }

  @Test
  void noticesAShorterFile() throws Exception {
    Path file = Files.write(directory.resolve("file"), new byte[10_000]);
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 10_000);
      long now = System.nanoTime();
      assertThat(mapped.reaches(10_000, now)).isTrue();
      Files.write(file, new byte[9_000], StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(mapped.reaches(10_000, now + 2_000_000)).isFalse();
      assertThat(mapped.reaches(9_000, now + 2_000_000)).isTrue();
      mapped.release();
    }
  }

  @Test
  void aRegionHoldsTheMappingAndLeavesTheFileOpen() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "0123456789");
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 10);
      MappedFileRegion region = new MappedFileRegion(channel, mapped, 2, 5);
      assertThat(mapped.release()).isFalse();

      region.advance(2);
      assertThat(region.transferred()).isEqualTo(2);
      region.release();
      assertThat(mapped.refCnt()).isZero();
      assertThat(channel.isOpen()).isTrue();
    }
  }

  @Test
  void aRegionIsAFileRegionForTheKernel() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "0123456789");
    try (FileChannel channel = FileChannel.open(file)) {
      MappedFile mapped = MappedFile.map(channel, 10);
      MappedFileRegion region = new MappedFileRegion(channel, mapped, 2, 5);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      region.transferTo(Channels.newChannel(out), 0);
      assertThat(out).asString().isEqualTo("23456");
      assertThat(region.transferred()).isEqualTo(5);
      region.release();
      mapped.release();
      assertThatThrownBy(() -> new MappedFileRegion(channel, mapped, 8, 3))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
