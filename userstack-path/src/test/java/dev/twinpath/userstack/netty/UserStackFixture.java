package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.UnaryOperator;

/**
 * Two user-level hosts, 10.0.0.1 and 10.0.0.2, on a memory wire. They are fd00::1 and fd00::2 too,
 * which may be used at once.
 */
final class UserStackFixture extends TransportFixture {
  private final UserStack serverStack;
  private final UserStack clientStack;
  private final EventLoopGroup serverLoop;
  private final EventLoopGroup clientLoop;
  private final InetAddress serverAddress;

  UserStackFixture() {
    this(IdleStrategy.BLOCK);
  }

  /** As the others, the server at one of its addresses. */
  UserStackFixture(InetAddress serverAddress) {
    this(IdleStrategy.BLOCK, wire -> wire, config -> config, serverAddress);
  }

  UserStackFixture(IdleStrategy idle) {
    this(idle, wire -> wire);
  }

  /** As the others, with NICs of another configuration. */
  UserStackFixture(UnaryOperator<NicConfig> nics) {
    this(IdleStrategy.BLOCK, wire -> wire, nics, address(10, 0, 0, 1));
  }

  /** As the others, with something around the server's end of the wire. */
  UserStackFixture(IdleStrategy idle, UnaryOperator<Wire> decorator) {
    this(idle, decorator, config -> config, address(10, 0, 0, 1));
  }

  private UserStackFixture(
      IdleStrategy idle,
      UnaryOperator<Wire> decorator,
      UnaryOperator<NicConfig> nics,
      InetAddress serverAddress) {
    this.serverAddress = serverAddress;
    MemoryWire.Pair wire = MemoryWire.pair();
    serverStack =
        UserStack.open(
            decorator.apply(wire.left()),
            nics.apply(NicConfig.defaults(0x02_00_00_00_00_01L)),
            config("10.0.0.1/24", "fd00::1/64"),
            idle);
    clientStack =
        UserStack.open(
            wire.right(),
            nics.apply(NicConfig.defaults(0x02_00_00_00_00_02L)),
            config("10.0.0.2/24", "fd00::2/64"),
            idle);
    serverLoop = new MultiThreadIoEventLoopGroup(1, serverStack.ioHandlerFactory());
    clientLoop = new MultiThreadIoEventLoopGroup(1, clientStack.ioHandlerFactory());
  }

  private static StackConfig config(String address4, String address6) {
    return StackConfig.builder()
        .address(address4)
        .address(address6)
        .ip(IpConfig.defaults().withDadTransmits(0))
        .build();
  }

  UserStack serverStack() {
    return serverStack;
  }

  UserStack clientStack() {
    return clientStack;
  }

  @Override
  EventLoopGroup serverLoop() {
    return serverLoop;
  }

  @Override
  EventLoopGroup clientLoop() {
    return clientLoop;
  }

  @Override
  Class<? extends ServerChannel> serverChannel() {
    return UserStackServerSocketChannel.class;
  }

  @Override
  Class<? extends Channel> clientChannel() {
    return UserStackSocketChannel.class;
  }

  @Override
  Class<? extends DatagramChannel> datagramChannel() {
    return UserStackDatagramChannel.class;
  }

  @Override
  InetAddress serverAddress() {
    return serverAddress;
  }

  @Override
  InetAddress clientAddress() {
    return serverAddress instanceof Inet6Address
        ? IpAddress.parse("fd00::2").toInetAddress()
        : address(10, 0, 0, 2);
  }

  @Override
  InetSocketAddress refusingAddress() {
    // A loop starts with its first task; before that the host does not answer ARP either.
    serverLoop.submit(() -> {}).syncUninterruptibly();
    return new InetSocketAddress(serverAddress(), 9);
  }

  static InetAddress address(int a, int b, int c, int d) {
    try {
      return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() throws Exception {
    super.close();
    clientStack.close();
    serverStack.close();
  }
}
