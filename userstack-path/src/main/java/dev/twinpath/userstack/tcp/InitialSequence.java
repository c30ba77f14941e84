package dev.twinpath.userstack.tcp;

/**
 * Initial sequence numbers (RFC 6528), timestamp offsets (RFC 7323 section 5.4) and where a search
 * for an ephemeral port starts (RFC 6056 section 3.3.4): keyed hashes of the 4-tuple, and for
 * sequence numbers a clock that ticks every 64 ns as Linux's does.
 */
final class InitialSequence {
  private final SipHash hash;
  private long opens;

  InitialSequence(long key0, long key1) {
    hash = new SipHash(key0, key1);
  }

  int sequence(int local, int localPort, int remote, int remotePort, long nowNanos) {
    return (int) hash(local, localPort, remote, remotePort) + (int) (nowNanos >> 6);
  }

  int timestampOffset(int local, int localPort, int remote, int remotePort) {
    return (int) (hash(local, localPort, remote, remotePort) >>> 32);
  }

  /** A number that only the key's owner can foretell, another one each time. */
  int portSalt(int local, int remote, int remotePort) {
    opens++;
    long addresses = (long) local << 32 | (remote & 0xffffffffL);
    return (int) (hash.begin().add(addresses).add(remotePort).add(opens).end() >>> 33);
  }

  private long hash(int local, int localPort, int remote, int remotePort) {
    return hash.begin()
        .add((long) local << 32 | (remote & 0xffffffffL))
        .add((long) localPort << 16 | remotePort)
        .end();
  }
}
