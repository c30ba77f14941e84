package dev.twinpath.nic.device;

/**
 * What the NIC does for its host; what the wire cannot do, it does in software.
 *
 * @param mtu the longest IP packet that may be sent without segmentation
 * @param checksum whether it completes and verifies checksums
 * @param tso4 whether it cuts TCP packets over IPv4
 * @param tso6 whether it cuts TCP packets over IPv6
 * @param udpSegmentation whether it cuts UDP packets over IPv4 and IPv6
 * @param maxTsoBytes the most payload bytes of a packet to be cut
 * @param maxTsoSegments the most segments that a packet may be cut into
 * @param maxSegmentsPerPacket the most pieces of memory that a packet is gathered from
 * @param wireSegments whether the wire takes packets uncut: cutting then costs nothing
 */
public record NicCapabilities(
    int mtu,
    boolean checksum,
    boolean tso4,
    boolean tso6,
    boolean udpSegmentation,
    int maxTsoBytes,
    int maxTsoSegments,
    int maxSegmentsPerPacket,
    boolean wireSegments) {}
