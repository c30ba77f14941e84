package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import java.util.SplittableRandom;

/**
 * One end's application on one connection of a simulation: sends so many bytes of a pattern, checks
 * every byte that comes, reads slowly at times, and closes when it has all.
 */
final class SimulatedPeer implements ConnectionHandler {
  private final SplittableRandom random;
  private final long memory;
  private final int region;
  private final int expected;
  private final int toSend;
  private final int seedIn;
  private final int seedOut;
  private final boolean slow;
  private long queued;
  private boolean closing;

  TcpConnection connection;
  long received;
  boolean connected;
  boolean sawEnd;

  /** It gave up by itself. */
  boolean aborted;

  CloseCause cause;
  int closedCalls;

  /**
   * Creates one.
   *
   * @param memory a registered region of 1 MiB with {@link #pattern} of every seed 0..15
   * @param port the client's port: both ends derive from it what is sent
   */
  SimulatedPeer(
      SplittableRandom random, long memory, int region, int port, boolean client, int maxBytes) {
    this.random = random;
    this.memory = memory;
    this.region = region;
    seedOut = port * 2 + (client ? 0 : 1) & 15;
    seedIn = port * 2 + (client ? 1 : 0) & 15;
    toSend = length(port, client, maxBytes);
    expected = length(port, !client, maxBytes);
    slow = random.nextInt(3) == 0;
  }

  private static int length(int port, boolean client, int maxBytes) {
    int hash = (port * 2 + (client ? 0 : 1)) * 0x9e3779b9;
    return (hash >>> 1) % maxBytes;
  }

  static byte pattern(int seed, long position) {
    return (byte) (position * 7 + (position >> 9) * 13 + seed * 31);
  }

  /** The pattern repeats where the region ends, so that a range can be sent from it. */
  static final int PERIOD = 1 << 16;

  @Override
  public void onConnected() {
    connected = true;
  }

  @Override
  public int onData(long address, int length) {
    int take = slow && random.nextInt(3) == 0 ? random.nextInt(length + 1) : length;
    check(address, take);
    return take;
  }

  private void check(long address, int length) {
    for (int i = 0; i < length; i++) {
      if ((byte) Memory.getByte(address + i) != pattern(seedIn, received % PERIOD)) {
        throw new AssertionError("byte " + received + " is wrong");
      }
      received++;
    }
    if (received > expected) {
      throw new AssertionError(received + " bytes came of " + expected);
    }
  }

  @Override
  public void onRemoteClosed() {
    sawEnd = true;
    assertThat(received).as("bytes before the end").isEqualTo(expected);
  }

  @Override
  public void onClosed(CloseCause closeCause) {
    cause = closeCause;
    closedCalls++;
  }

  /** A turn of the application, at any time. */
  void turn(long scratch, int scratchLength) {
    if (connection == null || cause != null) {
      return;
    }
    send();
    int length;
    while ((length = connection.receive(scratch, scratchLength)) > 0) {
      check(scratch, length);
    }
    if (queued == toSend && !closing) {
      closing = true;
      connection.shutdownOutput();
    }
    if (sawEnd && closing && cause == null) {
      connection.close();
    }
  }

  private void send() {
    int pieces = 1 + random.nextInt(4);
    while (queued < toSend && pieces-- > 0) {
      int offset = (int) (queued % PERIOD);
      int most = (int) Math.min(toSend - queued, PERIOD - offset);
      int piece = 1 + random.nextInt(most);
      long from = memory + (long) seedOut * PERIOD + offset;
      if (random.nextBoolean()) {
        queued += connection.sendBytes(from, Math.min(piece, 4_000));
      } else {
        connection.sendRange(region, (long) seedOut * PERIOD + offset, piece, null);
        queued += piece;
      }
    }
    connection.flush();
  }

  void abort() {
    if (cause == null && connection != null) {
      aborted = true;
      connection.abort();
    }
  }

  boolean isComplete() {
    return received == expected;
  }
}
