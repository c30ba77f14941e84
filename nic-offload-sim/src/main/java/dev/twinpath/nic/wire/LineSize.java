package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.packet.VlanTag;

/**
 * What a frame takes on an Ethernet line. An uncut one is many frames, each with the headers again.
 * A mutable structure that its owner uses again and again.
 */
final class LineSize {
  /** Preamble and start delimiter 8, check sequence 4, gap 12 (IEEE 802.3 clause 4). */
  static final int OVERHEAD = 24;

  /** The least length, without the check sequence. */
  static final int MIN_FRAME = 60;

  private int frames;
  private int frameBytes;
  private int lineBytes;
  private int longestPacket;

  /** Measures a frame; false when its offload context makes no sense. */
  boolean measure(Frame frame) {
    int total = frame.totalLength();
    int segment = total;
    int headers = 0;
    frames = 1;
    if (frame.gsoType() != Frame.GSO_NONE) {
      headers = headerLength(frame);
      if (headers < 0 || frame.gsoSize() <= 0) {
        return false;
      }
      segment = headers + frame.gsoSize();
    }
    if (total > segment) {
      int payload = total - headers;
      int size = segment - headers;
      frames = (payload + size - 1) / size;
      int last = headers + payload - (frames - 1) * size;
      frameBytes = (frames - 1) * segment + last;
      lineBytes = (frames - 1) * onLine(segment) + onLine(last);
      longestPacket = segment - linkHeader(frame);
    } else {
      frameBytes = total;
      lineBytes = onLine(total);
      longestPacket = total - linkHeader(frame);
    }
    return true;
  }

  private static int onLine(int length) {
    return Math.max(MIN_FRAME, length) + OVERHEAD;
  }

  /** Bytes of all headers of an uncut frame, or -1. They are all in the first piece. */
  private static int headerLength(Frame frame) {
    int start = frame.checksumStart();
    if (!frame.needsChecksum() || start < EthernetHeader.LENGTH) {
      return -1;
    }
    int headers;
    if (frame.gsoType() == Frame.GSO_UDP) {
      headers = start + UdpHeader.LENGTH;
    } else {
      if (start + TcpHeader.MIN_LENGTH > frame.length(0)) {
        return -1;
      }
      int transport = TcpHeader.headerLength(frame.address(0) + start);
      headers = transport < TcpHeader.MIN_LENGTH ? -1 : start + transport;
    }
    return headers <= frame.length(0) ? headers : -1;
  }

  private static int linkHeader(Frame frame) {
    int length = EthernetHeader.LENGTH;
    if (frame.length(0) < length) {
      return length;
    }
    int type = EthernetHeader.type(frame.address(0));
    while (VlanTag.isTag(type)
        && length < EthernetHeader.LENGTH + 2 * VlanTag.LENGTH
        && length + VlanTag.LENGTH <= frame.length(0)) {
      length += VlanTag.LENGTH;
      type = Memory.getShortBE(frame.address(0) + length - 2);
    }
    return length;
  }

  /** How many frames it is on the line. */
  int frames() {
    return frames;
  }

  /** Bytes of all of them, from the Ethernet header to the end of the packet. */
  int frameBytes() {
    return frameBytes;
  }

  /** Bytes for whose time the line is occupied. */
  int lineBytes() {
    return lineBytes;
  }

  /** Bytes of the longest network packet. */
  int longestPacket() {
    return longestPacket;
  }
}
