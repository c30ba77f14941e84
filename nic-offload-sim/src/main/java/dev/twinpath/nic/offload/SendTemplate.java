package dev.twinpath.nic.offload;

/**
 * What a connection's outgoing packets must look like: the NIC's side of Rogers's argument that a
 * user-level stack need not be trusted with the wire. A packet that names a template and differs
 * from it in one of these is not sent.
 *
 * @param sourceMac the 48 bits of the sender's MAC address
 * @param destinationMac the next hop's
 * @param protocol the IPv4 protocol's number
 * @param sourceAddress IPv4, host order
 * @param destinationAddress IPv4, host order
 * @param sourcePort 0 to 65535
 * @param destinationPort 0 to 65535
 */
public record SendTemplate(
    long sourceMac,
    long destinationMac,
    int protocol,
    int sourceAddress,
    int destinationAddress,
    int sourcePort,
    int destinationPort) {}
