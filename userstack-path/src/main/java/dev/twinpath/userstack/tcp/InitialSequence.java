package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * Initial sequence numbers (RFC 6528), timestamp offsets (RFC 7323 section 5.4) and where a search
 * for an ephemeral port starts (RFC 6056 section 3.3.4): keyed hashes of the 4-tuple, and for
 * sequence numbers a clock that ticks every 64 ns as Linux's does.
 */
final class InitialSequence {
  private static final long FLOW_LABEL = -1;

  private final SipHash hash;
  private long opens;

  InitialSequence(long key0, long key1) {
    hash = new SipHash(key0, key1);
  }

  /** The number of a connection, all of whose identity is set, that begins now. */
  int sequence(TransmissionControlBlock c, long nowNanos) {
    return (int) hash(c) + (int) (nowNanos >> 6);
  }

  int timestampOffset(TransmissionControlBlock c) {
    return (int) (hash(c) >>> 32);
  }

  /** The same for the connection that a segment would begin. */
  int timestampOffset(Segment s) {
    return (int)
        (hash(
                s.destinationHigh,
                s.destinationLow,
                s.destinationPort,
                s.sourceHigh,
                s.sourceLow,
                s.sourcePort)
            >>> 32);
  }

  /** A connection's flow label (RFC 6437 section 3): 20 bits, not 0, that tell nothing. */
  int flowLabel(TransmissionControlBlock c) {
    addresses(c.localHigh, c.localLow, c.remoteHigh, c.remoteLow);
    return flowLabel(c.localPort, c.remotePort);
  }

  /** The same for the connection that a segment belongs to or would begin. */
  int flowLabel(Segment s) {
    addresses(s.destinationHigh, s.destinationLow, s.sourceHigh, s.sourceLow);
    return flowLabel(s.destinationPort, s.sourcePort);
  }

  private int flowLabel(int localPort, int remotePort) {
    // One word more than of the other hashes: what is seen of it says nothing of those.
    long label = hash.add((long) localPort << 16 | remotePort).add(FLOW_LABEL).end();
    return Math.max(1, (int) (label & 0xfffff));
  }

  /** A number that only the key's owner can foretell, another one each time. */
  int portSalt(IpAddress local, IpAddress remote, int remotePort) {
    opens++;
    addresses(local.high(), local.low(), remote.high(), remote.low());
    return (int) (hash.add(remotePort).add(opens).end() >>> 33);
  }

  private void addresses(long localHigh, long localLow, long remoteHigh, long remoteLow) {
    hash.begin().add(localHigh).add(localLow).add(remoteHigh).add(remoteLow);
  }

  private long hash(TransmissionControlBlock c) {
    return hash(c.localHigh, c.localLow, c.localPort, c.remoteHigh, c.remoteLow, c.remotePort);
  }

  private long hash(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    addresses(localHigh, localLow, remoteHigh, remoteLow);
    return hash.add((long) localPort << 16 | remotePort).end();
  }
}
