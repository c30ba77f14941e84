package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * Builds a connection's segments: the header from the connection's template, a few fields patched,
 * the payload as descriptors of where it lies. A segment longer than the MSS is left to the NIC to
 * cut.
 */
final class SegmentWriter {
  private static final int TIMESTAMPS_LENGTH = 12;

  private final TcpStack stack;
  private final LinkOutput link;
  private final HeaderTemplates templates;

  SegmentWriter(TcpStack stack) {
    this.stack = stack;
    link = stack.link;
    templates = new HeaderTemplates(stack.config.maxConnections(), stack.mac);
  }

  /** Writes a connection's template; its next hop is known. */
  void buildTemplate(Connection c, long destinationMac) {
    templates.build(c, destinationMac, c.v6 ? stack.opening.flowLabel(c) : 0);
  }

  /**
   * Sends one segment. The caller made sure of the room, and that the payload is queued.
   *
   * @param sequence first sequence number
   * @param length payload bytes
   * @param flags ACK is added
   */
  void send(Connection c, long sequence, int length, int flags) {
    write(c, sequence, length, flags | Ecn.echo(c), Ecn.NOT_CAPABLE);
  }

  /**
   * The same with data that is sent for the first time: only that may be marked by a router (RFC
   * 3168 section 6.1.5).
   */
  void sendNew(Connection c, long sequence, int length, int flags) {
    write(c, sequence, length, flags | Ecn.echo(c), c.ecn ? Ecn.CAPABLE : Ecn.NOT_CAPABLE);
  }

  private void write(Connection c, long sequence, int length, int flags, int ecn) {
    long header = link.headerSlot();
    HeaderTemplates.copy(c, header);
    if (ecn != Ecn.NOT_CAPABLE) {
      HeaderTemplates.mark(c, header, ecn);
    }
    long at = header + c.tcpOffset + TcpHeader.MIN_LENGTH;
    int options = 0;
    if (c.timestamps) {
      Memory.putIntBE(at + 4, stack.timestamp(c, Math.max(stack.now, c.launch)));
      Memory.putIntBE(at + 8, c.tsRecent);
      options = TIMESTAMPS_LENGTH;
    }
    if (c.sack && (c.dsackEnd != 0 || c.receiveBuffer != null)) {
      options += writeSack(c, at + options, options);
    }
    finish(c, header, options, sequence, length, flags | TcpHeader.ACK);
    c.lastAckSent = c.rcvNxt;
    stack.acknowledging.sent(c);
  }

  /** Bytes that {@link #writeSack} will take in the next segment. */
  static int sackLength(Connection c) {
    if (!c.sack) {
      return 0;
    }
    int blocks = c.dsackEnd != 0 ? 1 : 0;
    if (c.receiveBuffer != null) {
      blocks += c.receiveBuffer.outOfOrder.recentCount();
    }
    return blocks == 0 ? 0 : 4 + 8 * Math.min(blocks, maxBlocks(c.timestamps));
  }

  private static int maxBlocks(boolean timestamps) {
    return timestamps ? 3 : 4;
  }

  /**
   * RFC 2018 section 4: the block that changed last comes first, then those that changed before it;
   * RFC 2883: before them, what came twice.
   */
  private int writeSack(Connection c, long at, int before) {
    int limit = maxBlocks(before > 0);
    int count = 0;
    long blocks = at + 4;
    if (c.dsackEnd != 0) {
      writeBlock(blocks, c.dsackStart, c.dsackEnd);
      c.dsackEnd = 0;
      count = 1;
      stack.counters.increment(StackCounter.DSACK_OUT);
    }
    if (c.receiveBuffer != null) {
      IntervalSet set = c.receiveBuffer.outOfOrder;
      for (int age = 0; age < set.recentCount() && count < limit; age++) {
        int i = set.recent(age);
        writeBlock(blocks + 8L * count++, set.start(i), set.end(i));
      }
    }
    if (count == 0) {
      return 0;
    }
    Memory.putIntBE(at, 0x0101_0000 | TcpHeader.OPTION_SACK << 8 | 2 + 8 * count);
    return 4 + 8 * count;
  }

  private static void writeBlock(long at, long left, long right) {
    Memory.putIntBE(at, (int) left);
    Memory.putIntBE(at + 4, (int) right);
  }

  private void finish(
      Connection c, long header, int options, long sequence, int length, int flags) {
    int tcpLength = TcpHeader.MIN_LENGTH + options + length;
    HeaderTemplates.length(c, header, tcpLength);
    long tcp = header + c.tcpOffset;
    TcpHeader.sequence(tcp, (int) sequence);
    TcpHeader.acknowledgment(tcp, (int) c.rcvNxt);
    Memory.putShortBE(tcp + 12, (TcpHeader.MIN_LENGTH + options) << 10 | flags);
    int window = stack.window.advertise(c);
    TcpHeader.window(tcp, window);
    if (c.trace != null) {
      stack.tracing.segmentOut(c, sequence, length, window, flags);
    }
    TcpHeader.checksum(tcp, Checksum.fold((long) c.pseudoSum + tcpLength));
    int headerLength = c.tcpOffset + TcpHeader.MIN_LENGTH + options;
    int segmentSize = c.mss + (c.timestamps ? TIMESTAMPS_LENGTH : 0) - options;
    boolean cut = length > segmentSize;
    int tso = c.v6 ? TransmitQueue.TSO6 : TransmitQueue.TSO4;
    int offloads = TransmitQueue.CHECKSUM | (cut ? tso : 0);
    stack.permits.follow(c);
    link.begin(offloads, cut ? segmentSize : 0, headerLength, c.tcpOffset, c.sendTemplate);
    if (c.launch != 0) {
      link.launchTime(c.launch);
    }
    if (length > 0) {
      c.sendQueue.gather(link, sequence, length);
    }
    link.end(c.id);
    int frames = cut ? (length + segmentSize - 1) / segmentSize : 1;
    c.segmentsOut += frames;
    if (length > 0) {
      c.dataSegmentsOut += frames;
      c.bytesSent += length;
    }
    stack.counters.add(StackCounter.SEGMENTS_OUT, frames);
    stack.counters.increment(StackCounter.PACKETS_OUT);
    stack.counters.add(StackCounter.BYTES_OUT, length);
  }

  /**
   * Sends SYN or SYN-ACK with the options that apply (RFC 9293 section 3.7.1, RFC 7323, RFC 2018).
   */
  void sendSyn(Connection c, boolean withAck, boolean first) {
    int window = stack.window.open(c);
    long header = link.headerSlot();
    HeaderTemplates.copy(c, header);
    long options = header + c.tcpOffset + TcpHeader.MIN_LENGTH;
    int length =
        SynOptions.write(
            options,
            c.advertisedMss,
            c.sack,
            c.timestamps,
            stack.timestamp(c, stack.now),
            withAck ? c.tsRecent : 0,
            c.windowScaling ? c.rcvWindowShift : -1);
    if (first && !withAck) {
      c.synData = stack.fastOpen.synData(c, length);
    }
    length += stack.fastOpen.writeOption(c, options + length, withAck);
    int flags = TcpHeader.SYN | (withAck ? TcpHeader.ACK : 0) | Ecn.synFlags(c, withAck);
    if (!withAck) {
      finishSyn(c, header, length, flags, 0, window, first ? c.synData : 0);
    } else {
      finishSyn(c, header, length, flags, (int) c.rcvNxt, window, 0);
      c.lastAckSent = c.rcvNxt;
      c.ackNow = false;
    }
  }

  private void finishSyn(
      Connection c,
      long header,
      int options,
      int flags,
      int acknowledgment,
      int window,
      int payload) {
    int tcpLength = TcpHeader.MIN_LENGTH + options;
    HeaderTemplates.length(c, header, tcpLength + payload);
    long tcp = header + c.tcpOffset;
    TcpHeader.sequence(tcp, (int) c.iss);
    TcpHeader.acknowledgment(tcp, acknowledgment);
    Memory.putShortBE(tcp + 12, tcpLength << 10 | flags);
    TcpHeader.window(tcp, window);
    if (c.trace != null) {
      stack.tracing.segmentOut(c, c.iss, 0, window, flags);
    }
    TcpHeader.checksum(tcp, Checksum.fold((long) c.pseudoSum + tcpLength + payload));
    stack.permits.follow(c);
    beginWhole(c, tcpLength);
    if (payload > 0) {
      c.sendQueue.gather(link, c.iss + 1, payload);
    }
    link.end(c.id);
    c.segmentsOut++;
    stack.counters.increment(StackCounter.SEGMENTS_OUT);
    stack.counters.increment(StackCounter.PACKETS_OUT);
  }

  /** Sends RST for a connection: its sequence number is what the peer expects. */
  void sendReset(Connection c) {
    long header = link.headerSlot();
    HeaderTemplates.copy(c, header);
    long tcp = header + c.tcpOffset;
    int tcpLength = TcpHeader.MIN_LENGTH;
    if (c.timestamps) {
      Memory.putIntBE(tcp + TcpHeader.MIN_LENGTH + 4, stack.timestamp(c, stack.now));
      Memory.putIntBE(tcp + TcpHeader.MIN_LENGTH + 8, c.tsRecent);
      tcpLength += TIMESTAMPS_LENGTH;
    }
    HeaderTemplates.length(c, header, tcpLength);
    TcpHeader.sequence(tcp, (int) c.sndNxt);
    TcpHeader.acknowledgment(tcp, (int) c.rcvNxt);
    Memory.putShortBE(tcp + 12, tcpLength << 10 | TcpHeader.RST | TcpHeader.ACK);
    TcpHeader.window(tcp, 0);
    if (c.trace != null) {
      stack.tracing.segmentOut(c, c.sndNxt, 0, 0, TcpHeader.RST | TcpHeader.ACK);
    }
    TcpHeader.checksum(tcp, Checksum.fold((long) c.pseudoSum + tcpLength));
    stack.permits.follow(c);
    beginWhole(c, tcpLength);
    if (c.pacer != null && c.pacer.ahead(stack.now) > 0) {
      link.launchTime(c.pacer.last());
    }
    link.end(c.id);
    c.segmentsOut++;
    stack.counters.increment(StackCounter.SEGMENTS_OUT);
    stack.counters.increment(StackCounter.PACKETS_OUT);
    stack.counters.increment(StackCounter.RESETS_OUT);
  }

  /** Begins a packet that is all header. */
  private void beginWhole(Connection c, int tcpLength) {
    int length = c.tcpOffset + tcpLength;
    link.begin(TransmitQueue.CHECKSUM, 0, length, c.tcpOffset, c.sendTemplate);
  }

  void close() {
    templates.close();
  }
}
