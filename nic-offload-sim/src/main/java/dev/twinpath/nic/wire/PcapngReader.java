package dev.twinpath.nic.wire;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Reads the Ethernet frames of a capture, one after the other: pcapng (draft-ietf-opsawg-pcapng-03)
 * of either byte order, with several sections and interfaces, and the older pcap with micro- or
 * nanoseconds. Only one block is in memory at a time.
 *
 * <p>Frames that were not captured whole, and those of interfaces that are no Ethernet, are counted
 * and skipped. What is malformed ends in an {@link IOException} that names the block and where it
 * is. One thread.
 */
public final class PcapngReader implements AutoCloseable {
  /** Nobody said whether a frame was sent or received. */
  public static final int DIRECTION_UNKNOWN = 0;

  public static final int DIRECTION_RECEIVED = 1;
  public static final int DIRECTION_SENT = 2;

  /** The most bytes that are captured of a frame, as in libpcap. */
  static final int MAX_CAPTURED = 1 << 18;

  private static final int LINK_TYPE_ETHERNET = 1;
  private static final int PCAP_MICROSECONDS = 0xa1b2c3d4;
  private static final int PCAP_NANOSECONDS = 0xa1b23c4d;
  private static final int PCAP_HEADER = 24;
  private static final int PCAP_RECORD = 16;

  private final CaptureInput in;

  /** The sections of pcapng; null for pcap. */
  private final PcapngSection section;

  private final boolean nanoseconds;
  private final boolean ethernet;

  private long address;
  private int length;
  private long epochNanos;
  private int direction;

  private long frames;
  private long truncated;
  private long otherInterfaces;
  private long otherBlocks;

  /**
   * Opens a file and reads its header.
   *
   * @throws IOException if it cannot be read, or is neither pcapng nor pcap
   */
  public PcapngReader(Path file) throws IOException {
    in = new CaptureInput(file);
    try {
      if (!in.has(4)) {
        throw in.malformed("file", "is too short for a capture");
      }
      int magic = in.bigEndianInt(0);
      if (magic == PcapngSection.HEADER) {
        section = new PcapngSection(in);
        nanoseconds = true;
        ethernet = true;
        return;
      }
      section = null;
      int swapped = Integer.reverseBytes(magic);
      boolean big = magic == PCAP_MICROSECONDS || magic == PCAP_NANOSECONDS;
      if (!big && swapped != PCAP_MICROSECONDS && swapped != PCAP_NANOSECONDS) {
        throw in.malformed("file", "is neither pcapng nor pcap");
      }
      in.bigEndian(big);
      in.require(PCAP_HEADER, "file header");
      nanoseconds = (big ? magic : swapped) == PCAP_NANOSECONDS;
      ethernet = (in.intAt(20) & 0xffff) == LINK_TYPE_ETHERNET;
      in.skip(PCAP_HEADER);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /**
   * Goes to the next whole Ethernet frame.
   *
   * @return false at the end of the file
   * @throws IOException if the file cannot be read or is malformed
   */
  public boolean next() throws IOException {
    return section == null ? nextRecord() : nextBlock();
  }

  private boolean nextBlock() throws IOException {
    while (section.next()) {
      if (!section.isPacket()) {
        otherBlocks += section.isOther() ? 1 : 0;
        continue;
      }
      if (section.linkType() != LINK_TYPE_ETHERNET) {
        otherInterfaces++;
      } else if (section.captured() < section.original()) {
        truncated++;
      } else if (section.captured() > 0) {
        epochNanos = section.hasTime() ? section.epochNanos() : epochNanos;
        direction = section.direction();
        show(section.data(), section.captured());
        return true;
      }
    }
    return false;
  }

  private boolean nextRecord() throws IOException {
    while (in.has(1)) {
      in.require(PCAP_RECORD, "record");
      long seconds = Integer.toUnsignedLong(in.intAt(0));
      long fraction = Integer.toUnsignedLong(in.intAt(4));
      int captured = in.intAt(8);
      int original = in.intAt(12);
      if (captured < 0 || captured > MAX_CAPTURED) {
        throw in.malformed("record", "captures " + Integer.toUnsignedString(captured) + " bytes");
      }
      in.require(PCAP_RECORD + captured, "record");
      if (!ethernet) {
        otherInterfaces++;
      } else if (Integer.compareUnsigned(captured, original) < 0) {
        truncated++;
      } else if (captured > 0) {
        epochNanos = seconds * 1_000_000_000 + (nanoseconds ? fraction : fraction * 1000);
        direction = DIRECTION_UNKNOWN;
        show(in.address(PCAP_RECORD), captured);
        in.skip(PCAP_RECORD + captured);
        return true;
      }
      in.skip(PCAP_RECORD + captured);
    }
    return false;
  }

  private void show(long at, int bytes) {
    address = at;
    length = bytes;
    frames++;
  }

  /** Where the frame is, until the next {@link #next}. */
  public long address() {
    return address;
  }

  /** The frame's bytes, at least 1. */
  public int length() {
    return length;
  }

  /** When the frame was captured, since 1970; that of the frame before where the file is silent. */
  public long epochNanos() {
    return epochNanos;
  }

  /** {@link #DIRECTION_RECEIVED}, {@link #DIRECTION_SENT} or {@link #DIRECTION_UNKNOWN}. */
  public int direction() {
    return direction;
  }

  /** Frames that {@link #next} gave. */
  public long frames() {
    return frames;
  }

  /** Frames skipped because their end was not captured. */
  public long truncated() {
    return truncated;
  }

  /** Frames skipped because their interface is no Ethernet. */
  public long otherInterfaces() {
    return otherInterfaces;
  }

  /** Blocks of other kinds: names, statistics, secrets and what may come. */
  public long otherBlocks() {
    return otherBlocks;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  static EOFException cutShort(String what, long offset) {
    return new EOFException(
        "the capture ends within the " + what + " at offset " + offset + ": it was cut short");
  }
}
