package dev.twinpath.userstack.ip;

/**
 * An address of ours and whether it may be used.
 *
 * @param address with its prefix
 * @param state now
 */
public record AddressStatus(InterfaceAddress address, AddressState state) {}
