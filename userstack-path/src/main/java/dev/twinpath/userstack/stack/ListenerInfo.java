package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * A snapshot of one listener.
 *
 * @param localAddress {@link IpAddress#ANY} = every address of the stack, of both IP versions
 * @param localPort 1..65535
 * @param backlog the accept queue's bound
 * @param acceptQueue connections that wait to be accepted
 * @param synQueue handshakes that are not complete
 */
public record ListenerInfo(
    IpAddress localAddress, int localPort, int backlog, int acceptQueue, int synQueue) {}
