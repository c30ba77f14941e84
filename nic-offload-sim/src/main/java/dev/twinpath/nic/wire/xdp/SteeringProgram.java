package dev.twinpath.nic.wire.xdp;

import static dev.twinpath.nic.wire.xdp.BpfAssembler.BYTE;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.DOUBLE;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.HALF;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R0;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R1;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R2;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R3;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R4;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R5;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R6;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.R7;
import static dev.twinpath.nic.wire.xdp.BpfAssembler.WORD;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;

/**
 * Writes the XDP program of an {@link XdpSteering}: the addresses and ports become numbers in its
 * instructions, so that no frame costs a look into a map but the one of the sockets.
 *
 * <p>Every load from the frame comes after a comparison with the frame's end, or the kernel's
 * verifier refuses the program. R6 keeps the context, R2 where the frame begins, R3 where its first
 * piece ends.
 */
final class SteeringProgram {
  private static final int XDP_PASS = 2;
  private static final int XDP_REDIRECT = 4;
  private static final int HELPER_REDIRECT_MAP = 51;

  /** Fields of {@code struct xdp_md}. */
  private static final int CONTEXT_DATA = 0;

  private static final int CONTEXT_DATA_END = 4;
  private static final int CONTEXT_RX_QUEUE = 16;

  private static final int ETHERNET = EthernetHeader.LENGTH;
  private static final int ETHERNET_TYPE = 12;
  private static final int TYPE_CUSTOMER_TAG = 0x8100;
  private static final int TYPE_SERVICE_TAG = 0x88a8;

  private static final int ARP_TARGET = ETHERNET + 24;

  private static final int IPV4_FRAGMENT = ETHERNET + 6;
  private static final int IPV4_PROTOCOL = ETHERNET + 9;
  private static final int IPV4_DESTINATION = ETHERNET + 16;
  private static final int IPV4_FRAGMENT_BITS = 0x3fff;

  private static final int IPV6_NEXT_HEADER = ETHERNET + 6;
  private static final int IPV6_DESTINATION = ETHERNET + 24;
  private static final int IPV6_FRAGMENT_HEADER = 44;
  private static final int LINK_LOCAL_MULTICAST = 0xff020000;

  private static final int ICMPV6 = 58;
  private static final int NEIGHBOR_SOLICITATION = 135;
  private static final int ICMPV6_TYPE = ETHERNET + Ipv6Header.LENGTH;
  private static final int SOLICITATION_TARGET = ICMPV6_TYPE + 8;

  private final XdpSteering steering;
  private final int sockets;
  private final int counters;
  private final BpfAssembler code = new BpfAssembler();

  private SteeringProgram(XdpSteering steering, int sockets, int counters) {
    this.steering = steering;
    this.sockets = sockets;
    this.counters = counters;
  }

  /**
   * The program's instructions.
   *
   * @param sockets descriptor of the map from receive queue to AF_XDP socket
   * @param counters descriptor of an array map with one value: a long for each verdict
   */
  static byte[] assemble(XdpSteering steering, int sockets, int counters) {
    return new SteeringProgram(steering, sockets, counters).assemble();
  }

  private byte[] assemble() {
    code.move(R6, R1);
    if (!steering.isEverything()) {
      classify();
    }
    redirect();
    for (SteeringVerdict verdict : SteeringVerdict.values()) {
      // The verifier refuses instructions that nothing leads to.
      if (code.isTarget(label(verdict))) {
        pass(verdict);
      }
    }
    return code.assemble();
  }

  private void classify() {
    boolean hasIpv4 = !steering.addresses4().isEmpty();
    boolean hasIpv6 = !steering.addresses6().isEmpty();
    boolean hasArp = hasIpv4 && !steering.isShared();
    code.load(WORD, R2, R6, CONTEXT_DATA).load(WORD, R3, R6, CONTEXT_DATA_END);
    need(ETHERNET);
    code.load(HALF, R5, R2, ETHERNET_TYPE).fromNetworkOrder(R5, 16);
    if (hasIpv4) {
      code.jumpIfEqual(R5, EthernetHeader.TYPE_IPV4, "ipv4");
    }
    if (hasIpv6) {
      code.jumpIfEqual(R5, EthernetHeader.TYPE_IPV6, "ipv6");
    }
    if (hasArp) {
      code.jumpIfEqual(R5, EthernetHeader.TYPE_ARP, "arp");
    }
    code.jumpIfEqual(R5, TYPE_CUSTOMER_TAG, label(SteeringVerdict.TAGGED));
    code.jumpIfEqual(R5, TYPE_SERVICE_TAG, label(SteeringVerdict.TAGGED));
    code.jump(label(SteeringVerdict.OTHER_ADDRESS));
    if (hasArp) {
      arp();
    }
    if (hasIpv4) {
      ipv4();
    }
    if (hasIpv6) {
      ipv6();
    }
  }

  private void arp() {
    code.label("arp");
    need(ETHERNET + ArpHeader.LENGTH);
    code.load(WORD, R5, R2, ARP_TARGET).fromNetworkOrder(R5, 32);
    jumpIfOurs4("redirect");
  }

  private void ipv4() {
    code.label("ipv4");
    need(ETHERNET + Ipv4Header.MIN_LENGTH);
    code.load(WORD, R5, R2, IPV4_DESTINATION).fromNetworkOrder(R5, 32);
    if (!steering.isShared()) {
      jumpIfOurs4("redirect");
      return;
    }
    jumpIfOurs4("ipv4 ports");
    code.label("ipv4 ports");
    code.load(HALF, R5, R2, IPV4_FRAGMENT).fromNetworkOrder(R5, 16);
    code.jumpIfAnyBit(R5, IPV4_FRAGMENT_BITS, label(SteeringVerdict.FRAGMENT));
    code.load(BYTE, R7, R2, IPV4_PROTOCOL);
    // Version and length share a byte; the length, in words, is what moves us to the transport.
    code.load(BYTE, R5, R2, ETHERNET).move(R4, R5).andNumber(R4, 0xf0);
    code.jumpIfNotEqual(R4, 0x40, label(SteeringVerdict.MALFORMED));
    code.andNumber(R5, 0x0f).shiftLeft(R5, 2);
    code.jumpIfLess(R5, Ipv4Header.MIN_LENGTH, label(SteeringVerdict.MALFORMED));
    code.add(R2, R5);
    ports();
  }

  private void ipv6() {
    code.label("ipv6");
    need(ETHERNET + Ipv6Header.LENGTH);
    code.load(BYTE, R7, R2, IPV6_NEXT_HEADER);
    String ours = steering.isShared() ? "ipv6 ports" : "redirect";
    jumpIfOurs6(IPV6_DESTINATION, ours);
    if (steering.isShared()) {
      code.jump(label(SteeringVerdict.OTHER_ADDRESS));
      code.label("ipv6 ports");
      code.jumpIfEqual(R7, IPV6_FRAGMENT_HEADER, label(SteeringVerdict.FRAGMENT));
      code.addNumber(R2, Ipv6Header.LENGTH);
      ports();
      return;
    }
    // Who asks for our MAC asks a multicast group that others may be in too (RFC 4861 section 4.3).
    code.load(WORD, R5, R2, IPV6_DESTINATION).fromNetworkOrder(R5, 32);
    code.jumpIfNotEqual(R5, LINK_LOCAL_MULTICAST, label(SteeringVerdict.OTHER_ADDRESS));
    code.jumpIfNotEqual(R7, ICMPV6, label(SteeringVerdict.OTHER_ADDRESS));
    need(SOLICITATION_TARGET + 16);
    code.load(BYTE, R5, R2, ICMPV6_TYPE);
    code.jumpIfNotEqual(R5, NEIGHBOR_SOLICITATION, label(SteeringVerdict.OTHER_ADDRESS));
    jumpIfOurs6(SOLICITATION_TARGET, "redirect");
    code.jump(label(SteeringVerdict.OTHER_ADDRESS));
  }

  /**
   * R7 is the protocol, and R2 as far before the transport header as the Ethernet header is long.
   */
  private void ports() {
    String transport = code.freshLabel();
    code.jumpIfEqual(R7, Ipv4Header.PROTOCOL_TCP, transport);
    code.jumpIfNotEqual(R7, Ipv4Header.PROTOCOL_UDP, label(SteeringVerdict.OTHER_PORT));
    code.label(transport);
    need(ETHERNET + 4);
    code.load(HALF, R5, R2, ETHERNET + 2).fromNetworkOrder(R5, 16);
    for (XdpSteering.Ports range : steering.ports()) {
      String next = code.freshLabel();
      code.jumpIfLess(R5, range.first(), next);
      code.jumpIfGreater(R5, range.last(), next);
      code.jump("redirect");
      code.label(next);
    }
    code.jump(label(SteeringVerdict.OTHER_PORT));
  }

  /** Goes on only when the frame has that many bytes. */
  private void need(int bytes) {
    code.move(R4, R2).addNumber(R4, bytes);
    code.jumpIfGreaterThan(R4, R3, label(SteeringVerdict.MALFORMED));
  }

  /** R5 is an address; goes on to the kernel when it is none of ours. */
  private void jumpIfOurs4(String label) {
    for (int address : steering.addresses4()) {
      code.jumpIfEqual(R5, address, label);
    }
    code.jump(label(SteeringVerdict.OTHER_ADDRESS));
  }

  private void jumpIfOurs6(int offset, String label) {
    for (byte[] address : steering.addresses6()) {
      String next = code.freshLabel();
      for (int i = 0; i < address.length; i += 4) {
        code.load(WORD, R5, R2, offset + i).fromNetworkOrder(R5, 32);
        code.jumpIfNotEqual(R5, XdpSteering.word(address, i), next);
      }
      code.jump(label);
      code.label(next);
    }
  }

  private void redirect() {
    code.label("redirect");
    code.loadMap(R1, sockets).load(WORD, R2, R6, CONTEXT_RX_QUEUE);
    // The last argument is the verdict where the map has no socket.
    code.moveNumber(R3, XDP_PASS).call(HELPER_REDIRECT_MAP);
    code.jumpIfNotEqual(R0, XDP_REDIRECT, label(SteeringVerdict.NO_SOCKET));
    count(SteeringVerdict.REDIRECTED);
    code.exit();
  }

  private void pass(SteeringVerdict verdict) {
    code.label(label(verdict));
    code.moveNumber(R0, XDP_PASS);
    count(verdict);
    code.exit();
  }

  private void count(SteeringVerdict verdict) {
    code.loadMapValue(R1, counters, verdict.ordinal() * Long.BYTES);
    code.moveNumber(R2, 1).atomicAdd(DOUBLE, R1, 0, R2);
  }

  private static String label(SteeringVerdict verdict) {
    return "pass " + verdict;
  }
}
