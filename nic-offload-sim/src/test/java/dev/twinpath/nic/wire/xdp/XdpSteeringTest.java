package dev.twinpath.nic.wire.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The XDP program: the stack's frames reach the wire, and all others the kernel. */
@RequiresRoot(commands = {"ping", "ethtool"})
class XdpSteeringTest {
  private static final XdpConfig CONFIG = XdpConfig.defaults(1).withChunks(256, 64, 2048);
  private static final byte[] DATA = "for the stack".getBytes(StandardCharsets.US_ASCII);

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }

  private static XdpSteering to(String... addresses) {
    List<InetAddress> list = new ArrayList<>();
    for (String text : addresses) {
      list.add(address(text));
    }
    return XdpSteering.toAddresses(list);
  }

  private static XdpSteering port8080(String... addresses) {
    return to(addresses).withPorts(List.of(new XdpSteering.Ports(8080, 8080)));
  }

  @Test
  void theKernelAndTheWireAnswerEachForItsAddress() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      XdpWire wire = pair.open(CONFIG, to("10.9.0.2"));
      EchoHost stack = new EchoHost(pair.end(wire, 0));
      try (ShellCommand own = pair.peer.start("ping", "-c", "3", "-i", "0.2", "10.9.0.2");
          ShellCommand kernel = pair.peer.start("ping", "-c", "3", "-i", "0.2", "10.9.0.9")) {
        stack.answerWhile(() -> own.isRunning() || kernel.isRunning());
        assertThat(own.await(1).output()).contains("3 received");
        assertThat(kernel.await(1).output()).contains("3 received");
      }
      assertThat(wire.verdicts(SteeringVerdict.REDIRECTED)).isGreaterThanOrEqualTo(4);
      assertThat(wire.verdicts(SteeringVerdict.OTHER_ADDRESS)).isGreaterThanOrEqualTo(4);
      assertThat(wire.verdicts(SteeringVerdict.MALFORMED)).isZero();
      assertThat(wire.verdicts(SteeringVerdict.NO_SOCKET)).isZero();
    }
  }

  @Test
  void theKernelAndTheWireShareAnAddressByPort() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.2")) {
      XdpWire wire = pair.open(CONFIG, port8080("10.9.0.2"));
      VethPair.End stack = pair.end(wire, 0);
      kernelAnswersOn(pair, "10.9.0.2");
      assertThat(stack.poll()).isNull();
      sendFromPeer(pair, "10.9.0.2");
      byte[] datagram = stack.take();
      assertThat(new String(datagram, 42, datagram.length - 42, StandardCharsets.US_ASCII))
          .isEqualTo("for the stack");
      assertThat(stack.context.needsChecksum()).as("the veth left it unfinished").isTrue();
      try (SocketChannel client = connectFromPeer(pair, "10.9.0.2")) {
        assertThat(client.isConnected()).isFalse();
        byte[] syn = stack.take();
        assertThat(syn[47] & 0xff).as("flags: SYN, perhaps with ECN").isIn(0x02, 0xc2);
      }
      assertThat(pair.peer.exec("ping", "-c", "1", "-s", "4000", "-W", "5", "10.9.0.2").check())
          .contains("1 received");
      assertThat(wire.verdicts(SteeringVerdict.FRAGMENT)).isEqualTo(3);
      assertThat(wire.verdicts(SteeringVerdict.OTHER_PORT)).isPositive();
      assertThat(wire.verdicts(SteeringVerdict.MALFORMED)).isZero();
      assertThat(wire.unfinishedChecksums()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void anIpv6AddressIsSharedByPortToo() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.2").withIpv6("fd09::2")) {
      XdpWire wire = pair.open(CONFIG, port8080("fd09::2"));
      VethPair.End stack = pair.end(wire, 0);
      kernelAnswersOn(pair, "fd09::2");
      assertThat(stack.poll()).isNull();
      sendFromPeer(pair, "fd09::2");
      byte[] datagram = stack.take();
      assertThat(new String(datagram, 62, datagram.length - 62, StandardCharsets.US_ASCII))
          .isEqualTo("for the stack");
      assertThat(
              pair.peer.exec("ping", "-6", "-c", "1", "-s", "4000", "-W", "5", "fd09::2").check())
          .contains("1 received");
      assertThat(wire.verdicts(SteeringVerdict.FRAGMENT)).isEqualTo(3);
      assertThat(wire.verdicts(SteeringVerdict.MALFORMED)).isZero();
    }
  }

  /** A listener of our kernel on a port that is not the wire's, and the peer's connection to it. */
  private static void kernelAnswersOn(VethPair pair, String address) throws IOException {
    try (ServerSocket listener = pair.ours.call(() -> new ServerSocket(9000, 1, address(address)));
        Socket client = pair.peer.call(() -> new Socket(address(address), 9000));
        Socket accepted = listener.accept()) {
      client.getOutputStream().write(DATA);
      assertThat(accepted.getInputStream().readNBytes(DATA.length)).isEqualTo(DATA);
    }
  }

  private static void sendFromPeer(VethPair pair, String address) throws IOException {
    try (DatagramSocket socket = pair.peer.call(() -> new DatagramSocket())) {
      socket.send(new DatagramPacket(DATA, DATA.length, address(address), 8080));
    }
  }

  private static SocketChannel connectFromPeer(VethPair pair, String address) {
    return pair.peer.call(
        () -> {
          SocketChannel channel = SocketChannel.open();
          channel.configureBlocking(false);
          channel.connect(new InetSocketAddress(address(address), 8080));
          return channel;
        });
  }

  @Test
  void whoAsksForTheStacksIpv6AddressAsksTheWire() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9").withIpv6("fd09::9")) {
      XdpWire wire = pair.open(CONFIG, to("fd09::2"));
      VethPair.End stack = pair.end(wire, 0);
      assertThat(pair.peer.exec("ping", "-6", "-c", "1", "-W", "5", "fd09::9").check())
          .contains("1 received");
      assertThat(stack.poll()).as("the kernel's own solicitation").isNull();
      sendFromPeer(pair, "fd09::2");
      byte[] solicitation = stack.take();
      assertThat(solicitation[54] & 0xff).isEqualTo(135);
      assertThat(solicitation[77]).as("the last byte of the target").isEqualTo((byte) 2);
      // Its answer, unicast to the stack, comes this way too.
      byte[] echo = solicitation.clone();
      System.arraycopy(address("fd09::2").getAddress(), 0, echo, 38, 16);
      XdpWire peer = pair.openPeer(CONFIG, XdpSteering.everything());
      assertThat(pair.end(peer, 0).send(echo)).isZero();
      assertThat(stack.take()).isEqualTo(echo);
    }
  }

  @Test
  void whatIsStrangeGoesToTheKernelUnderItsCause() {
    try (VethPair pair = new VethPair("10.9.0.2")) {
      XdpWire wire = pair.open(CONFIG, port8080("10.9.0.2"));
      VethPair.End peer = pair.end(pair.openPeer(CONFIG, XdpSteering.everything()), 0);
      byte[] datagram = EchoHost.datagram(8080);
      assertThat(peer.send(datagram)).isZero();
      VethPair.End stack = pair.end(wire, 0);
      assertThat(stack.take()).isEqualTo(datagram);

      byte[] tagged = datagram.clone();
      tagged[12] = (byte) 0x81;
      tagged[13] = 0;
      expect(pair, wire, peer, tagged, SteeringVerdict.TAGGED);
      byte[] shortHeader = datagram.clone();
      shortHeader[14] = 0x44;
      expect(pair, wire, peer, shortHeader, SteeringVerdict.MALFORMED);
      byte[] cut = java.util.Arrays.copyOf(datagram, 36);
      expect(pair, wire, peer, cut, SteeringVerdict.MALFORMED);
      byte[] options = datagram.clone();
      options[14] = 0x4f;
      expect(pair, wire, peer, options, SteeringVerdict.MALFORMED);
      byte[] fragment = datagram.clone();
      fragment[20] = 0x20;
      expect(pair, wire, peer, fragment, SteeringVerdict.FRAGMENT);
      byte[] unknown = datagram.clone();
      unknown[12] = 0x12;
      expect(pair, wire, peer, unknown, SteeringVerdict.OTHER_ADDRESS);
      expect(pair, wire, peer, EchoHost.datagram(8079), SteeringVerdict.OTHER_PORT);
      expect(pair, wire, peer, EchoHost.datagram(8081), SteeringVerdict.OTHER_PORT);
      assertThat(stack.poll()).isNull();
    }
  }

  private static void expect(
      VethPair pair, XdpWire wire, VethPair.End peer, byte[] frame, SteeringVerdict verdict) {
    long before = wire.verdicts(verdict);
    assertThat(peer.send(frame)).isZero();
    for (int i = 0; i < 20_000 && wire.verdicts(verdict) == before; i++) {
      Thread.onSpinWait();
    }
    assertThat(wire.verdicts(verdict)).as(verdict.name()).isEqualTo(before + 1);
  }

  @Test
  void withoutASocketTheKernelGetsAll() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9");
        XdpProgram program = XdpProgram.load(XdpSteering.everything(), 1)) {
      pair.ours.call(
          () -> {
            program.attach(NetworkDevice.find(VethPair.DEVICE), XdpConfig.Attachment.NATIVE);
            return null;
          });
      assertThat(pair.peer.exec("ping", "-c", "1", "-W", "5", "10.9.0.9").check())
          .contains("1 received");
      assertThat(program.count(SteeringVerdict.NO_SOCKET)).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void theVerifierTakesEveryKindOfProgram() {
    List<XdpSteering.Ports> ports = new ArrayList<>();
    String[] v4 = new String[32];
    String[] both = new String[64];
    for (int i = 0; i < 64; i++) {
      ports.add(new XdpSteering.Ports(1000 * (i + 1), 1000 * (i + 1) + i));
      both[i] = i < 32 ? "10.9.0." + i : "fd09::" + i;
    }
    System.arraycopy(both, 0, v4, 0, 32);
    for (XdpSteering addresses :
        List.of(to("10.9.0.2"), to("fd09::2"), to("10.9.0.2", "fd09::2"), to(v4), to(both))) {
      loads(addresses);
      loads(addresses.withPorts(ports.subList(0, 1)));
      loads(addresses.withPorts(ports));
    }
    loads(XdpSteering.everything());
  }

  private static void loads(XdpSteering steering) {
    assertThatCode(() -> XdpProgram.load(steering, 4).close()).doesNotThrowAnyException();
  }

  @Test
  void steeringToNothingIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> XdpSteering.toAddresses(List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> to("10.9.0.2").withPorts(List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> new XdpSteering.Ports(0, 80));
    assertThatIllegalArgumentException().isThrownBy(() -> new XdpSteering.Ports(80, 79));
    assertThatIllegalArgumentException().isThrownBy(() -> new XdpSteering.Ports(80, 65536));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> XdpSteering.everything().withPorts(List.of(new XdpSteering.Ports(1, 1))));
  }
}
