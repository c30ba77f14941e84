package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.ShardThread;
import dev.twinpath.userstack.stack.StackConfig;
import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.Arrays;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own UDP, in a network namespace, talks to the stack through a TAP device. */
@RequiresRoot(commands = {"ip"})
class LinuxUdpTest {
  private static final int LONGEST = 65_507;
  private static final Arena ARENA = Arena.ofShared();
  private static final long MEMORY = ARENA.allocate(1 << 16).address();
  private static NetworkNamespace namespace;
  private static ShardThread stack;
  private static UdpSocket socket;

  /** Answers a datagram that says a number with so many bytes of the pattern. */
  private static final class Generator implements UdpHandler {
    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      int wanted = Integer.parseInt(new String(Memory.toArray(address, length)));
      Memory.copy(Frames.pattern(wanted), 0, MEMORY, wanted);
      assertThat(socket.send(high, low, port, MEMORY, wanted)).isEqualTo(SendResult.SENT);
      return true;
    }
  }

  /** Sends back what comes. */
  private static final class Echo implements UdpHandler {
    UdpSocket echo;

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      assertThat(echo.send(high, low, port, address, length)).isEqualTo(SendResult.SENT);
      return true;
    }
  }

  /** Keeps errors. */
  private static final class Errors implements UdpHandler {
    volatile IcmpError.Kind last;

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      return true;
    }

    @Override
    public void onError(IcmpError.Kind kind) {
      last = kind;
    }
  }

  @BeforeAll
  static void start() {
    namespace = NetworkNamespace.create();
    stack =
        new ShardThread(
            StackConfig.builder()
                .address("10.9.0.2/24")
                .address("fd09::2/64")
                .ip(IpConfig.defaults().withDadTransmits(0))
                .build(),
            NicConfig.defaults(0x020000000002L),
            namespace.openTap("tap0", 1, "10.9.0.1/24"));
    namespace.addIpv6("tap0", "fd09::1/64");
    stack.call(
        () -> {
          socket = stack.shard.udpSocket(new Generator());
          socket.bind(IpAddress.ANY, 7);
          Echo handler = new Echo();
          handler.echo = stack.shard.udpSocket(handler);
          handler.echo.bind(IpAddress.ANY, 8);
        });
  }

  @AfterAll
  static void stop() {
    stack.close();
    namespace.close();
    ARENA.close();
  }

  private static DatagramSocket kernel() throws Exception {
    DatagramSocket kernel = namespace.call(() -> new DatagramSocket(0));
    kernel.setSoTimeout(10_000);
    return kernel;
  }

  private static InetAddress address(String text) {
    return IpAddress.parse(text).toInetAddress();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.2", "fd09::2"})
  void theKernelGetsDatagramsOfEverySize(String stackAddress) throws Exception {
    InetAddress address = address(stackAddress);
    try (DatagramSocket kernel = kernel()) {
      byte[] room = new byte[1 << 16];
      for (int length : new int[] {0, 1, 7, 1471, 1472, 1473, 2952, 9001, LONGEST}) {
        byte[] text = Integer.toString(length).getBytes();
        kernel.send(new DatagramPacket(text, text.length, address, 7));
        DatagramPacket answer = new DatagramPacket(room, room.length);
        kernel.receive(answer);
        assertThat(answer.getLength()).isEqualTo(length);
        assertThat(Arrays.copyOf(room, length)).isEqualTo(Frames.pattern(length));
        assertThat(answer.getSocketAddress()).isEqualTo(new InetSocketAddress(address, 7));
      }
    }
    assertThat(stack.failure()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.2", "fd09::2"})
  void theKernelsDatagramsOfEverySizeComeBackWhole(String stackAddress) throws Exception {
    try (DatagramSocket kernel = kernel()) {
      byte[] room = new byte[1 << 16];
      for (int length : new int[] {0, 1, 1452, 1453, 1472, 1473, 3000, 20_001, LONGEST}) {
        byte[] sent = Frames.pattern(length);
        kernel.send(new DatagramPacket(sent, length, address(stackAddress), 8));
        DatagramPacket answer = new DatagramPacket(room, room.length);
        kernel.receive(answer);
        assertThat(answer.getLength()).isEqualTo(length);
        assertThat(Arrays.copyOf(room, length)).isEqualTo(sent);
      }
    }
    assertThat(stack.failure()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.1", "fd09::1"})
  void theStackLearnsThatNobodyListensInTheKernel(String kernelAddress) {
    Errors errors = new Errors();
    UdpSocket[] opened = {null};
    stack.call(
        () -> {
          opened[0] = stack.shard.udpSocket(errors);
          opened[0].connect(IpAddress.parse(kernelAddress), 9);
          opened[0].send(MEMORY, 1);
        });
    Awaitility.await().until(() -> errors.last == IcmpError.Kind.PORT_UNREACHABLE);
    stack.call(() -> opened[0].close());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.2", "fd09::2"})
  void theKernelLearnsThatNobodyListens(String stackAddress) throws Exception {
    InetAddress address = address(stackAddress);
    try (DatagramSocket kernel = kernel()) {
      namespace.call(
          () -> {
            kernel.connect(address, 9);
            return null;
          });
      kernel.send(new DatagramPacket(new byte[1], 1));
      assertThatThrownBy(() -> kernel.receive(new DatagramPacket(new byte[1], 1)))
          .isInstanceOf(PortUnreachableException.class);
    }
  }
}
