package dev.twinpath.userstack.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every datagram transport does: run for our stack, and for the kernel's as the oracle. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
abstract class DatagramContract {
  private TransportFixture fixture;

  abstract TransportFixture open() throws Exception;

  TransportFixture fixture() {
    return fixture;
  }

  @BeforeEach
  void openFixture() throws Exception {
    fixture = open();
  }

  @AfterEach
  void closeFixture() throws Exception {
    fixture.close();
  }

  /** Keeps what comes: sender and bytes. */
  static final class Inbox extends ChannelInboundHandlerAdapter {
    final LinkedBlockingQueue<String> datagrams = new LinkedBlockingQueue<>();
    final List<Throwable> errors = new CopyOnWriteArrayList<>();
    final List<InetSocketAddress> recipients = new CopyOnWriteArrayList<>();
    volatile InetSocketAddress lastSender;
    volatile boolean inactive;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      lastSender = packet.sender();
      recipients.add(packet.recipient());
      datagrams.add(ByteBufUtil.hexDump(packet.content()));
      packet.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      inactive = true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      errors.add(cause);
    }

    String take() throws InterruptedException {
      String taken = datagrams.poll(10, SECONDS);
      assertThat(taken).as("a datagram came").isNotNull();
      return taken;
    }
  }

  final Channel server(Inbox inbox) throws InterruptedException {
    return bind(fixture.serverDatagrams(), inbox, fixture.anyPort());
  }

  final Channel client(Inbox inbox) throws InterruptedException {
    return bind(
        fixture.clientDatagrams(), inbox, new InetSocketAddress(fixture.clientAddress(), 0));
  }

  private static Channel bind(Bootstrap bootstrap, Inbox inbox, InetSocketAddress address)
      throws InterruptedException {
    return bootstrap.handler(inbox).bind(address).sync().channel();
  }

  static InetSocketAddress address(Channel channel) {
    return (InetSocketAddress) channel.localAddress();
  }

  static ByteBuf bytes(int length) {
    return Unpooled.wrappedBuffer(TransportContract.pattern(length));
  }

  static String hex(int length) {
    return ByteBufUtil.hexDump(TransportContract.pattern(length));
  }

  @Test
  void aDatagramComesWithItsSenderAndIsAnswered() throws Exception {
    Inbox atServer = new Inbox();
    Inbox atClient = new Inbox();
    Channel server = server(atServer);
    Channel client = client(atClient);
    client.writeAndFlush(new DatagramPacket(bytes(100), address(server))).sync();
    assertThat(atServer.take()).isEqualTo(hex(100));
    assertThat(atServer.lastSender).isEqualTo(client.localAddress());
    assertThat(atServer.recipients.get(0)).isEqualTo(server.localAddress());
    server.writeAndFlush(new DatagramPacket(bytes(50), atServer.lastSender)).sync();
    assertThat(atClient.take()).isEqualTo(hex(50));
    assertThat(atClient.lastSender).isEqualTo(server.localAddress());
  }

  @Test
  void everyKindOfBufferIsSent() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    byte[] all = TransportContract.pattern(300);
    List<ByteBuf> buffers = new ArrayList<>();
    buffers.add(Unpooled.wrappedBuffer(all));
    buffers.add(Unpooled.directBuffer().writeBytes(all));
    buffers.add(client.alloc().directBuffer().writeBytes(all));
    buffers.add(client.alloc().heapBuffer().writeBytes(all));
    buffers.add(
        Unpooled.wrappedBuffer(
            Unpooled.wrappedBuffer(all, 0, 100),
            Unpooled.directBuffer().writeBytes(all, 100, 150),
            Unpooled.wrappedBuffer(all, 250, 50)));
    buffers.add(client.alloc().directBuffer().writeZero(7).writeBytes(all).skipBytes(7));
    for (ByteBuf buffer : buffers) {
      client.writeAndFlush(new DatagramPacket(buffer, address(server))).sync();
      assertThat(inbox.take()).isEqualTo(ByteBufUtil.hexDump(all));
      assertThat(buffer.refCnt()).isZero();
    }
  }

  @Test
  void anEnvelopeIsAsGoodAsAPacket() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    client.writeAndFlush(new DefaultAddressedEnvelope<>(bytes(9), address(server))).sync();
    assertThat(inbox.take()).isEqualTo(hex(9));
  }

  @Test
  void aSharedBufferIsSentManyTimes() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    client.writeAndFlush(new DatagramPacket(bytes(1), address(server))).sync();
    assertThat(inbox.take()).isEqualTo(hex(1));
    ByteBuf shared = client.alloc().directBuffer().writeBytes(TransportContract.pattern(64));
    for (int i = 0; i < 20; i++) {
      client.write(new DatagramPacket(shared.retainedDuplicate(), address(server)));
    }
    client.flush();
    for (int i = 0; i < 20; i++) {
      assertThat(inbox.take()).isEqualTo(hex(64));
    }
    assertThat(shared.release()).isTrue();
  }

  @Test
  void aConnectedChannelNeedsNoAddress() throws Exception {
    Inbox atServer = new Inbox();
    Inbox atClient = new Inbox();
    Channel server = server(atServer);
    DatagramChannel client =
        (DatagramChannel)
            fixture.clientDatagrams().handler(atClient).connect(address(server)).sync().channel();
    assertThat(client.isConnected()).isTrue();
    assertThat(client.isActive()).isTrue();
    assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
    client.writeAndFlush(bytes(10)).sync();
    assertThat(atServer.take()).isEqualTo(hex(10));
    assertThat(atServer.lastSender).isEqualTo(client.localAddress());
    server.writeAndFlush(new DatagramPacket(bytes(11), atServer.lastSender)).sync();
    assertThat(atClient.take()).isEqualTo(hex(11));
    assertThat(atClient.lastSender).isEqualTo(server.localAddress());
  }

  @Test
  void aConnectedChannelHearsItsPeerOnly() throws Exception {
    Inbox atClient = new Inbox();
    Channel peer = server(new Inbox());
    Channel stranger = server(new Inbox());
    Channel client =
        fixture
            .clientDatagrams()
            .handler(atClient)
            .connect(address(peer), new InetSocketAddress(fixture.clientAddress(), 0))
            .sync()
            .channel();
    stranger.writeAndFlush(new DatagramPacket(bytes(1), address(client))).sync();
    peer.writeAndFlush(new DatagramPacket(bytes(2), address(client))).sync();
    assertThat(atClient.take()).isEqualTo(hex(2));
    assertThat(atClient.datagrams).isEmpty();
  }

  @Test
  void disconnectingMakesItHearEverybodyAgain() throws Exception {
    Inbox atClient = new Inbox();
    Channel peer = server(new Inbox());
    Channel stranger = server(new Inbox());
    DatagramChannel client = (DatagramChannel) client(atClient);
    client.connect(address(peer)).sync();
    assertThat(client.isConnected()).isTrue();
    client.disconnect().sync();
    assertThat(client.isConnected()).isFalse();
    assertThat(client.isActive()).isTrue();
    assertThat(client.remoteAddress()).isNull();
    stranger.writeAndFlush(new DatagramPacket(bytes(1), address(client))).sync();
    assertThat(atClient.take()).isEqualTo(hex(1));
    assertThatThrownBy(() -> client.writeAndFlush(bytes(1)).sync())
        .isInstanceOf(NotYetConnectedException.class);
  }

  @Test
  void whereNobodyListensAConnectedChannelIsTold() throws Exception {
    Channel gone = server(new Inbox());
    InetSocketAddress nobody = address(gone);
    gone.close().sync();
    Inbox atClient = new Inbox();
    Channel client = fixture.clientDatagrams().handler(atClient).connect(nobody).sync().channel();
    assertThat(client.isActive()).isTrue();
    client.writeAndFlush(bytes(1));
    await().until(() -> !atClient.errors.isEmpty());
    assertThat(atClient.errors.get(0)).isInstanceOf(PortUnreachableException.class);
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void withoutAutoReadDatagramsWaitInTheStack() throws Exception {
    Inbox inbox = new Inbox();
    Channel server =
        fixture
            .serverDatagrams()
            .option(ChannelOption.AUTO_READ, false)
            .handler(inbox)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = client(new Inbox());
    for (int i = 1; i <= 3; i++) {
      client.writeAndFlush(new DatagramPacket(bytes(i), address(server))).sync();
    }
    assertThat(inbox.datagrams.poll(200, java.util.concurrent.TimeUnit.MILLISECONDS)).isNull();
    for (int i = 1; i <= 3; i++) {
      server.read();
      assertThat(inbox.take()).isEqualTo(hex(i));
      assertThat(inbox.datagrams).isEmpty();
    }
    server.config().setAutoRead(true);
    client.writeAndFlush(new DatagramPacket(bytes(4), address(server))).sync();
    assertThat(inbox.take()).isEqualTo(hex(4));
  }

  @Test
  void aDatagramLongerThanTheBufferIsCut() throws Exception {
    Inbox inbox = new Inbox();
    Channel server =
        fixture
            .serverDatagrams()
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(64))
            .handler(inbox)
            .bind(fixture.anyPort())
            .sync()
            .channel();
    Channel client = client(new Inbox());
    client.writeAndFlush(new DatagramPacket(bytes(100), address(server))).sync();
    client.writeAndFlush(new DatagramPacket(bytes(5), address(server))).sync();
    assertThat(inbox.take()).isEqualTo(hex(100).substring(0, 128));
    assertThat(inbox.take()).isEqualTo(hex(5));
  }

  @Test
  void aDatagramThatIsTooLongFailsAloneAndTheNextIsSent() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    ChannelFuture tooLong = client.write(new DatagramPacket(bytes(65_528), address(server)));
    client.writeAndFlush(new DatagramPacket(bytes(6), address(server))).sync();
    assertThat(tooLong.awaitUninterruptibly().cause()).isInstanceOf(IOException.class);
    assertThat(inbox.take()).isEqualTo(hex(6));
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void whatCannotBeSentIsRefusedAndReleased() throws Exception {
    Channel client = client(new Inbox());
    ByteBuf buffer = bytes(1);
    InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
    assertThatThrownBy(() -> client.writeAndFlush(new DatagramPacket(buffer, nowhere)).sync())
        .isInstanceOf(UnresolvedAddressException.class);
    assertThat(buffer.refCnt()).isZero();
    assertThatThrownBy(() -> client.writeAndFlush("text").sync())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> client.writeAndFlush(bytes(1)).sync())
        .isInstanceOf(NotYetConnectedException.class);
  }

  @Test
  void aPortIsTakenOnce() throws Exception {
    Channel server = server(new Inbox());
    ChannelFuture again =
        fixture.serverDatagrams().handler(new Inbox()).bind(address(server)).awaitUninterruptibly();
    assertThat(again.cause()).isInstanceOf(IOException.class);
    server.close().sync();
    await()
        .until(
            () ->
                fixture
                    .serverDatagrams()
                    .handler(new Inbox())
                    .bind(address(server))
                    .awaitUninterruptibly()
                    .isSuccess());
  }

  @Test
  void optionsAreKept() throws Exception {
    Channel client = client(new Inbox());
    assertThat(client.config().setOption(ChannelOption.SO_BROADCAST, true)).isTrue();
    assertThat(client.config().getOption(ChannelOption.SO_BROADCAST)).isTrue();
    assertThat(client.config().setOption(ChannelOption.SO_RCVBUF, 100_000)).isTrue();
    assertThat(client.config().getOption(ChannelOption.SO_RCVBUF)).isPositive();
    assertThat(client.config().setOption(ChannelOption.SO_SNDBUF, 100_000)).isTrue();
    assertThat(client.config().setOption(ChannelOption.SO_REUSEADDR, true)).isTrue();
    assertThat(client.config().setOption(ChannelOption.IP_TOS, 0x10)).isTrue();
    assertThat(client.config().setOption(ChannelOption.IP_MULTICAST_TTL, 3)).isTrue();
    assertThat(client.config().getOption(ChannelOption.IP_MULTICAST_TTL)).isEqualTo(3);
    assertThat(client.config().setOption(ChannelOption.TCP_NODELAY, true)).isFalse();
    assertThat(client.config().getOptions()).containsKey(ChannelOption.SO_BROADCAST);
  }

  @Test
  void aClosedChannelRefusesWritesAndIsInactive() throws Exception {
    Inbox inbox = new Inbox();
    Channel client = client(inbox);
    client.close().sync();
    await().until(() -> inbox.inactive);
    assertThat(client.isActive()).isFalse();
    ByteBuf buffer = bytes(1);
    assertThatThrownBy(
            () -> client.writeAndFlush(new DatagramPacket(buffer, fixture.anyPort())).sync())
        .isInstanceOf(ClosedChannelException.class);
    assertThat(buffer.refCnt()).isZero();
  }

  @Test
  void manyDatagramsComeInOrder() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    client.writeAndFlush(new DatagramPacket(bytes(1), address(server))).sync();
    assertThat(inbox.take()).isEqualTo(hex(1));
    for (int round = 0; round < 50; round++) {
      for (int i = 0; i < 20; i++) {
        client.write(
            new DatagramPacket(Unpooled.buffer().writeInt(round).writeInt(i), address(server)));
      }
      client.flush();
      for (int i = 0; i < 20; i++) {
        assertThat(inbox.take()).isEqualTo(String.format("%08x%08x", round, i));
      }
    }
    assertThat(inbox.errors).isEmpty();
  }
}
