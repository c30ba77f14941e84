package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * A snapshot of a connection that has no control block any more.
 *
 * @param state TIME_WAIT, or FIN_WAIT_2 that the application has closed
 * @param localAddress local address
 * @param localPort local port
 * @param remoteAddress remote address
 * @param remotePort remote port
 * @param remaining nanoseconds until it is forgotten, at least 0
 */
public record TimeWaitInfo(
    TcpState state,
    IpAddress localAddress,
    int localPort,
    IpAddress remoteAddress,
    int remotePort,
    long remaining) {}
