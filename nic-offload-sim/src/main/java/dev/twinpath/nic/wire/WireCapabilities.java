package dev.twinpath.nic.wire;

/**
 * What a wire takes over; the NIC does the rest in software.
 *
 * @param checksumOffload frames may go out with a partial checksum and its offload context
 * @param tso4 TCP packets over IPv4 may go out uncut, with their segment size
 * @param tso6 the same over IPv6
 * @param udpSegmentation a run of UDP datagrams may go out as one packet, with the size of each
 * @param coalescing what comes in may be uncut: whoever is at the other end, or the kernel between,
 *     joins segments already, so that the NIC need not
 * @param maxFrameBytes the longest frame, from the Ethernet header
 * @param maxSegments how many pieces of memory a frame may be gathered from
 */
public record WireCapabilities(
    boolean checksumOffload,
    boolean tso4,
    boolean tso6,
    boolean udpSegmentation,
    boolean coalescing,
    int maxFrameBytes,
    int maxSegments) {

  /** A wire that takes plain frames only: cut, and with their checksums. */
  public static WireCapabilities plain(int maxFrameBytes) {
    return new WireCapabilities(
        false, false, false, false, false, maxFrameBytes, Frame.MAX_SEGMENTS);
  }

  /** A wire that takes every offload. */
  public static WireCapabilities all(int maxFrameBytes) {
    return new WireCapabilities(true, true, true, true, true, maxFrameBytes, Frame.MAX_SEGMENTS);
  }

  /** The same without segmentation and coalescing: for who needs frames as a line carries them. */
  public WireCapabilities withoutSegmentation() {
    return new WireCapabilities(
        checksumOffload, false, false, false, false, maxFrameBytes, maxSegments);
  }
}
