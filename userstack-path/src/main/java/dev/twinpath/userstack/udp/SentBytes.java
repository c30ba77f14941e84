package dev.twinpath.userstack.udp;

/**
 * Bytes that a socket has in the transmit ring. Packets complete in order, so it is enough to keep
 * the number of each datagram's last packet. One thread.
 */
final class SentBytes {
  private long[] packets = new long[8];
  private int[] bytes = new int[8];
  private int first;
  private int count;
  private long inFlight;

  /** A datagram was given to the ring. */
  void add(long lastPacket, int length) {
    if (count == packets.length) {
      grow();
    }
    int at = first + count++ & packets.length - 1;
    packets[at] = lastPacket;
    bytes[at] = length;
    inFlight += length;
  }

  private void grow() {
    long[] grownPackets = new long[count * 2];
    int[] grownBytes = new int[count * 2];
    for (int i = 0; i < count; i++) {
      grownPackets[i] = packets[first + i & count - 1];
      grownBytes[i] = bytes[first + i & count - 1];
    }
    packets = grownPackets;
    bytes = grownBytes;
    first = 0;
  }

  /** Bytes in flight when every packet with a smaller number than this is completed. */
  long inFlight(long completed) {
    while (count > 0 && packets[first] < completed) {
      inFlight -= bytes[first];
      first = first + 1 & packets.length - 1;
      count--;
    }
    return inFlight;
  }
}
