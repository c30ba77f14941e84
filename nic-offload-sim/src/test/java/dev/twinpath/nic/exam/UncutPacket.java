package dev.twinpath.nic.exam;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A packet to be cut, and what it must become: each expected segment is built from its fields, not
 * cut from anything.
 */
final class UncutPacket {
  private static final int HEADERS_AT = 1024;
  private static final int PAYLOAD_AT = 8192;

  final ExamFrame frame;
  final int segmentSize;
  private final byte[] payload;

  UncutPacket(ExamFrame frame, byte[] payload, int segmentSize) {
    this.frame = frame;
    this.payload = payload;
    this.segmentSize = segmentSize;
  }

  /** One with a payload of noise. */
  static UncutPacket random(ExamFrame frame, Random random, int length, int segmentSize) {
    byte[] payload = new byte[length];
    random.nextBytes(payload);
    return new UncutPacket(frame, payload, segmentSize);
  }

  int headerLength() {
    return frame.transportOffset()
        + (frame.protocol == ExamFrame.TCP ? 20 + frame.options.length : 8);
  }

  /** The frames that belong on the line. */
  List<byte[]> segments() {
    List<byte[]> segments = new ArrayList<>();
    int count = (payload.length + segmentSize - 1) / segmentSize;
    int flags = frame.flags;
    int sequence = frame.sequence;
    int identification = frame.identification;
    for (int i = 0; i < count; i++) {
      int from = i * segmentSize;
      int clear =
          (i == count - 1 ? 0 : ExamFrame.FIN | ExamFrame.PSH) | (i == 0 ? 0 : ExamFrame.CWR);
      frame.flags = flags & ~clear;
      frame.sequence = sequence + from;
      frame.identification = identification + i & 0xffff;
      frame.payload =
          Arrays.copyOfRange(payload, from, Math.min(payload.length, from + segmentSize));
      segments.add(frame.build());
    }
    frame.flags = flags;
    frame.sequence = sequence;
    frame.identification = identification;
    return segments;
  }

  int offload() {
    if (frame.protocol == ExamFrame.UDP) {
      return TransmitQueue.USO;
    }
    return frame.ipv6 ? TransmitQueue.TSO6 : TransmitQueue.TSO4;
  }

  /** Writes the packet into the host's slab, lengths and checksums left to the device. */
  void write(TestHost host) {
    frame.payload = new byte[0];
    byte[] headers = frame.build();
    Memory.copy(headers, 0, host.slab + HEADERS_AT, headers.length);
    Memory.copy(payload, 0, host.slab + PAYLOAD_AT, payload.length);
  }

  void begin(TestHost host, int template) {
    host.queue
        .transmit()
        .begin(
            TransmitQueue.CHECKSUM | offload(),
            segmentSize,
            headerLength(),
            frame.transportOffset(),
            frame.protocol == ExamFrame.TCP ? 16 : 6,
            template);
  }

  /** Adds a piece of the packet's bytes, from an offset; one that is cut at the headers' end. */
  void add(TestHost host, int from, int length) {
    int headers = headerLength();
    int inHeaders = Math.max(0, Math.min(length, headers - from));
    TransmitQueue tx = host.queue.transmit();
    if (inHeaders > 0) {
      tx.add(host.slabRegion, HEADERS_AT + from, inHeaders);
    }
    if (length > inHeaders) {
      tx.add(host.slabRegion, PAYLOAD_AT + from + inHeaders - headers, length - inHeaders);
    }
  }

  int totalLength() {
    return headerLength() + payload.length;
  }

  /** Sends it as headers and one piece of payload. */
  void send(TestHost host) {
    write(host);
    begin(host, 0);
    add(host, 0, totalLength());
    end(host);
  }

  void end(TestHost host) {
    host.queue.transmit().end(1);
    host.queue.transmit().doorbell();
    host.poll();
  }
}
