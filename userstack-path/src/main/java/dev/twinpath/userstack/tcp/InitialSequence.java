package dev.twinpath.userstack.tcp;

/**
 * Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 section 5.4): a keyed hash of
 * the 4-tuple, SipHash-2-4, and for sequence numbers a clock that ticks every 64 ns as Linux's
 * does.
 */
final class InitialSequence {
  private final long key0;
  private final long key1;

  InitialSequence(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  int sequence(int local, int localPort, int remote, int remotePort, long nowNanos) {
    return (int) hash(local, localPort, remote, remotePort) + (int) (nowNanos >> 6);
  }

  int timestampOffset(int local, int localPort, int remote, int remotePort) {
    return (int) (hash(local, localPort, remote, remotePort) >>> 32);
  }

  private long hash(int local, int localPort, int remote, int remotePort) {
    return sipHash(
        key0,
        key1,
        (long) local << 32 | (remote & 0xffffffffL),
        (long) localPort << 16 | remotePort);
  }

  /** SipHash-2-4 (Aumasson, Bernstein 2012) of a message of two 64-bit words. */
  static long sipHash(long k0, long k1, long m0, long m1) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    long[] message = {m0, m1, 16L << 56};
    for (int i = 0; i < 4; i++) {
      int rounds = 2;
      if (i < 3) {
        v3 ^= message[i];
      } else {
        v2 ^= 0xff;
        rounds = 4;
      }
      for (int r = 0; r < rounds; r++) {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
      }
      if (i < 3) {
        v0 ^= message[i];
      }
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
