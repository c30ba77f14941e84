package dev.twinpath.userstack.ip;

/**
 * An error that ICMP or ICMPv6 reports about a packet of ours, in one form for both. The shard has
 * one of these and fills it again and again: valid during the call that gives it.
 *
 * <p>Whoever gets it checks that the quoted packet is one that it sent (RFC 5927).
 */
public final class IcmpError {
  /** What went wrong. */
  public enum Kind {
    /** No way to the destination's network. */
    NET_UNREACHABLE,
    /** No way to the destination. */
    HOST_UNREACHABLE,
    /** The destination does not speak the protocol. */
    PROTOCOL_UNREACHABLE,
    /** Nobody listens there. */
    PORT_UNREACHABLE,
    /** A router forbids it. */
    PROHIBITED,
    /** A router cannot pass on a packet of this size. */
    TOO_BIG,
    /** The hop limit is used up, or not all fragments came. */
    TIME_EXCEEDED,
    /** A header is not understood. */
    PARAMETER_PROBLEM,
    /** Everything else. */
    OTHER
  }

  Kind kind = Kind.OTHER;
  int type;
  int code;
  int mtu;
  long ip;
  int protocol;
  long transport;
  int transportLength;
  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;

  IcmpError() {}

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The message's type. */
  public int type() {
    return type;
  }

  /** The message's code. */
  public int code() {
    return code;
  }

  /** The next hop's MTU in bytes if {@link Kind#TOO_BIG}; 0 = the router did not say. */
  public int mtu() {
    return mtu;
  }

  /** Address of the quoted IP header. */
  public long ip() {
    return ip;
  }

  /** Whether the quoted packet is IPv4. */
  public boolean isV4() {
    return IpAddress.isV4(sourceHigh, sourceLow);
  }

  /** The quoted packet's transport protocol. */
  public int protocol() {
    return protocol;
  }

  /** Address of the quoted transport header. */
  public long transport() {
    return transport;
  }

  /** Bytes of it that are quoted, at least 8. */
  public int transportLength() {
    return transportLength;
  }

  /** The quoted packet's source, an address of ours: high long. */
  public long sourceHigh() {
    return sourceHigh;
  }

  /** Low long of the quoted packet's source. */
  public long sourceLow() {
    return sourceLow;
  }

  /** Where the quoted packet was sent: high long. */
  public long destinationHigh() {
    return destinationHigh;
  }

  /** Low long of where the quoted packet was sent. */
  public long destinationLow() {
    return destinationLow;
  }
}
