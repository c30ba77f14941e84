package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.TimerNode;

/** A datagram of which fragments have come, known by what its fragments have in common. */
final class PartialDatagram extends TimerNode {
  private final Reassembly owner;
  final ReassemblyBuffer buffer;

  // The key.
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;
  int identification;

  /** The protocol for IPv4, where it is part of the key; 0 for IPv6. */
  int protocol;

  /** Bytes of the header in front of the data, known when the first fragment has come. */
  int headerLength;

  /** Where in the header the number of what follows it is (IPv6). */
  int nextHeaderAt;

  /** What follows the header (IPv6). */
  int nextHeader;

  /** One bit for each value of the ECN field that a fragment had. */
  int ecn;

  /** Given up: the rest of its fragments is thrown away until its time is over (RFC 5722). */
  boolean dead;

  // The table: a list for each hash, and all by age.
  int bucket;
  PartialDatagram bucketNext;
  PartialDatagram older;
  PartialDatagram younger;

  PartialDatagram(Reassembly owner, ReassemblyBuffer buffer) {
    this.owner = owner;
    this.buffer = buffer;
  }

  boolean isV4() {
    return IpAddress.isV4(sourceHigh, sourceLow);
  }

  boolean isFrom(long high, long low) {
    return sourceLow == low && sourceHigh == high;
  }

  @Override
  protected void onTimer(long nowNanos) {
    owner.onTimeout(this, nowNanos);
  }
}
