package dev.twinpath.userstack.conformance;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.conformance.Call.Reply;
import dev.twinpath.userstack.ip.Ipv4Address;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A driver's connection to the adapter, and the packets of its peer, 192.0.2.1. */
final class AdapterClient implements AutoCloseable {
  static final int LOCAL = Ipv4Address.parse("192.168.0.1");
  static final int REMOTE = Ipv4Address.parse("192.0.2.1");
  private static final int HEADERS = Ipv4Header.MIN_LENGTH + TcpHeader.MIN_LENGTH;

  private final SocketChannel channel;
  private final Arena arena = Arena.ofConfined();
  private final long scratch = arena.allocate(1 << 17, 8).address();

  /** A segment that the stack sent, and when in microseconds. */
  record Segment(
      long micros, int flags, int sourcePort, int sequence, int acknowledgment, byte[] payload) {}

  AdapterClient(Path path) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  Reply call(int op, int a, int b, int c, byte... data) throws IOException {
    send(op, a, b, c, data);
    return reply();
  }

  void send(int op, int a, int b, int c, byte... data) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(20 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(op).putInt(a).putInt(b).putInt(c).putInt(data.length).put(data).flip();
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  Reply reply() throws IOException {
    ByteBuffer head = read(16);
    return new Reply(head.getLong(0), head.getInt(8), read(head.getInt(12)).array());
  }

  private ByteBuffer read(int length) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      if (channel.read(in) < 0) {
        throw new EOFException();
      }
    }
    return in.flip();
  }

  /** Virtual time in microseconds. */
  long now() throws IOException {
    return call(20, 0, 0, 0).result();
  }

  void pass(int micros) throws IOException {
    call(19, micros, 0, 0);
  }

  /** The peer sends a segment. */
  void deliver(int from, int to, int flags, int sequence, int acknowledgment, int payload)
      throws IOException {
    int length = HEADERS + payload;
    Ipv4Header.write(scratch, 0, length, 1, 0, 64, Ipv4Header.PROTOCOL_TCP, REMOTE, LOCAL);
    Ipv4Header.writeChecksum(scratch);
    long tcp = scratch + Ipv4Header.MIN_LENGTH;
    TcpHeader.write(
        tcp, from, to, sequence, acknowledgment, TcpHeader.MIN_LENGTH, flags, 32_000, 0);
    Memory.fill(tcp + TcpHeader.MIN_LENGTH, payload, 'x');
    int tcpLength = TcpHeader.MIN_LENGTH + payload;
    int sum = Checksum.pseudoHeader4(REMOTE, LOCAL, Ipv4Header.PROTOCOL_TCP, tcpLength);
    TcpHeader.checksum(tcp, Checksum.finish(Checksum.add(sum, Checksum.sum(tcp, tcpLength))));
    call(17, 0, 0, 0, Memory.toArray(scratch, length));
  }

  /** The next segment that the stack sends within a second; null = none. */
  Segment take() throws IOException {
    Reply reply = call(18, 0, 0, 0);
    if (reply.result() < 0) {
      return null;
    }
    Memory.copy(reply.data(), 8, scratch, reply.data().length - 8);
    long tcp = scratch + Ipv4Header.headerLength(scratch);
    int header = Ipv4Header.headerLength(scratch) + TcpHeader.headerLength(tcp);
    int payload = Ipv4Header.totalLength(scratch) - header;
    long micros = ByteBuffer.wrap(reply.data()).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    return new Segment(
        micros,
        TcpHeader.flags(tcp),
        TcpHeader.sourcePort(tcp),
        TcpHeader.sequence(tcp),
        TcpHeader.acknowledgment(tcp),
        Memory.toArray(scratch + header, payload));
  }

  @Override
  public void close() throws IOException {
    channel.close();
    arena.close();
  }
}
