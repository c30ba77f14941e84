package dev.twinpath.nic.wire;

/**
 * What a wire takes over; the NIC does the rest in software.
 *
 * @param checksumOffload frames may go out with a partial checksum and its offload context
 * @param tso4 TCP packets over IPv4 may go out uncut, with their segment size
 * @param tso6 the same over IPv6
 * @param maxFrameBytes the longest frame, from the Ethernet header
 * @param maxSegments how many pieces of memory a frame may be gathered from
 */
public record WireCapabilities(
    boolean checksumOffload, boolean tso4, boolean tso6, int maxFrameBytes, int maxSegments) {}
