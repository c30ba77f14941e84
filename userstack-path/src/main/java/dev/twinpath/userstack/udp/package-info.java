/**
 * UDP (RFC 768, RFC 1122 section 4.1, RFC 8085) over IPv4 and IPv6: {@link
 * dev.twinpath.userstack.udp.UdpSocket} is what an application sees.
 */
package dev.twinpath.userstack.udp;
