package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinpath.userstack.stack.StackCounter;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;

/** The contract over two user-level hosts on a memory wire, and what only they can show. */
class UserStackDatagramTest extends DatagramContract {
  @Override
  TransportFixture open() {
    return new UserStackFixture();
  }

  private UserStackFixture hosts() {
    return (UserStackFixture) fixture();
  }

  /** The kernel's transports of Netty drop it instead. */
  @Test
  void anEmptyDatagramIsADatagram() throws Exception {
    Inbox inbox = new Inbox();
    Channel server = server(inbox);
    Channel client = client(new Inbox());
    client.write(new DatagramPacket(Unpooled.EMPTY_BUFFER, address(server)));
    client.writeAndFlush(new DatagramPacket(bytes(3), address(server))).sync();
    assertThat(inbox.take()).isEmpty();
    assertThat(inbox.take()).isEqualTo(hex(3));
  }

  @Test
  void broadcastMustBeAskedFor() throws Exception {
    Inbox inbox = new Inbox();
    Channel server =
        hosts().serverDatagrams().handler(inbox).bind(new InetSocketAddress(0)).sync().channel();
    InetSocketAddress everybody =
        new InetSocketAddress(UserStackFixture.address(10, 0, 0, 255), address(server).getPort());
    Channel client = client(new Inbox());
    assertThatThrownBy(() -> client.writeAndFlush(new DatagramPacket(bytes(1), everybody)).sync())
        .isInstanceOf(IOException.class)
        .hasMessage("Permission denied");
    client.config().setOption(ChannelOption.SO_BROADCAST, true);
    client.writeAndFlush(new DatagramPacket(bytes(2), everybody)).sync();
    assertThat(inbox.take()).isEqualTo(hex(2));
  }

  @Test
  void whatOverflowsTheReceiveBufferIsCounted() throws Exception {
    Inbox inbox = new Inbox();
    Channel server =
        hosts()
            .serverDatagrams()
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_RCVBUF, 5_000)
            .handler(inbox)
            .bind(hosts().anyPort())
            .sync()
            .channel();
    Channel client = client(new Inbox());
    client.writeAndFlush(new DatagramPacket(bytes(1), address(server))).sync();
    server.read();
    assertThat(inbox.take()).isEqualTo(hex(1));
    for (int i = 0; i < 10; i++) {
      client.writeAndFlush(new DatagramPacket(bytes(1000), address(server))).sync();
    }
    UserStackIoHandler loop = hosts().serverStack().loops().get(0);
    await().until(() -> loop.shard().counters().get(StackCounter.UDP_RECEIVE_BUFFER_FULL) == 6);
    server.config().setAutoRead(true);
    for (int i = 0; i < 4; i++) {
      assertThat(inbox.take()).isEqualTo(hex(1000));
    }
  }

  @Test
  void withDontFragmentLongDatagramsAreRefused() throws Exception {
    Channel server = server(new Inbox());
    Channel client = client(new Inbox());
    client.config().setOption(UserStackChannelOption.IP_DONT_FRAGMENT, true);
    assertThatThrownBy(
            () -> client.writeAndFlush(new DatagramPacket(bytes(1473), address(server))).sync())
        .isInstanceOf(IOException.class)
        .hasMessage("Message too long");
  }

  @Test
  void groupsAreNotJoined() throws Exception {
    DatagramChannel client = (DatagramChannel) client(new Inbox());
    InetSocketAddress group = new InetSocketAddress(UserStackFixture.address(224, 0, 0, 251), 1);
    NetworkInterface link = NetworkInterface.networkInterfaces().findFirst().orElseThrow();
    ChannelFuture[] futures = {
      client.joinGroup(group.getAddress()),
      client.joinGroup(group, link),
      client.joinGroup(group.getAddress(), link, null),
      client.leaveGroup(group.getAddress()),
      client.leaveGroup(group, link),
      client.block(group.getAddress(), group.getAddress())
    };
    for (ChannelFuture future : futures) {
      assertThat(future.awaitUninterruptibly().cause())
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void aForeignAddressCannotBeBoundAndNoRouteFails() throws Exception {
    assertThat(
            hosts()
                .clientDatagrams()
                .handler(new Inbox())
                .bind(new InetSocketAddress(UserStackFixture.address(10, 0, 0, 77), 0))
                .awaitUninterruptibly()
                .cause())
        .isInstanceOf(java.net.BindException.class);
    Channel client = client(new Inbox());
    InetSocketAddress far = new InetSocketAddress(UserStackFixture.address(192, 168, 1, 1), 9);
    assertThatThrownBy(() -> client.writeAndFlush(new DatagramPacket(bytes(1), far)).sync())
        .isInstanceOf(IOException.class);
    assertThat(
            hosts()
                .clientDatagrams()
                .handler(new Inbox())
                .connect(far)
                .awaitUninterruptibly()
                .cause())
        .isInstanceOf(IOException.class);
  }
}
