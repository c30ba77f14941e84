package dev.twinpath.nic.offload;

/** Why a packet that was being joined went to the host. */
public enum FlushCause {
  /** Its last segment has PSH: the sender wants it delivered. */
  PSH,
  /** The flow's next segment has other timestamps, which the host needs to see. */
  TIMESTAMP,
  /**
   * The flow's next segment is not the one that follows: something is lost, late, or came twice.
   */
  GAP,
  /** It waited as long as it may. */
  TIME,
  /** Its last segment is shorter than the first, or the next one is longer. */
  SIZE,
  /** It has as many segments or bytes as a packet, or its buffer, may have. */
  FULL,
  /** The flow's next packet is no plain data: SYN, FIN, RST, URG, ECE or CWR, or an ACK alone. */
  FLAGS,
  /** The flow's next segment differs in another header field, or has one that is never joined. */
  HEADERS,
  /** The flow's next packet has a bad checksum, or none that was looked at. */
  CHECKSUM,
  /** Another flow needed its place. */
  PRESSURE,
  /** The host asked for all there is. */
  CLOSE;

  /** The cause as counters and messages name it. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
