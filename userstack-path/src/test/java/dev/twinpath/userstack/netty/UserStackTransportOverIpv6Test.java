package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.ip.IpAddress;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** The contract over IPv6, and what only IPv6 can show. */
class UserStackTransportOverIpv6Test extends TransportContract {
  @Override
  TransportFixture open() {
    return new UserStackFixture(address("fd00::1"));
  }

  private static InetAddress address(String text) {
    return IpAddress.parse(text).toInetAddress();
  }

  @Test
  void addressesAreThoseOfIpv6() throws Exception {
    Accepted accepted = new Accepted(new Recorder());
    Channel server = bind(accepted);
    InetSocketAddress local = new InetSocketAddress(address("fd00::2"), 4_321);
    Channel client =
        fixture
            .client()
            .handler(new Recorder())
            .connect(server.localAddress(), local)
            .sync()
            .channel();
    assertThat(client.localAddress()).isEqualTo(local);
    assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
    Channel child = accepted.take();
    assertThat(child.remoteAddress()).isEqualTo(local);
    assertThat(((InetSocketAddress) child.localAddress()).getAddress())
        .isInstanceOf(Inet6Address.class);
  }

  @Test
  void aServerOnTheWildcardTakesBothVersions() throws Exception {
    Accepted accepted = new Accepted(null);
    Channel server = fixture.server().childHandler(accepted).bind("::", 0).sync().channel();
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    for (String host : new String[] {"10.0.0.1", "fd00::1"}) {
      InetSocketAddress target = new InetSocketAddress(address(host), port);
      fixture.client().handler(new Recorder()).connect(target).sync();
      assertThat(accepted.take().localAddress()).isEqualTo(target);
    }
  }

  @Test
  void bindingToAForeignAddressFails() throws Exception {
    ChannelFuture bind =
        fixture
            .server()
            .childHandler(new Recorder())
            .bind(new InetSocketAddress(address("fd00::77"), 80))
            .awaitUninterruptibly();
    assertThat(bind.cause()).isInstanceOf(BindException.class);
  }

  @Test
  void noRouteFailsAtOnce() throws Exception {
    ChannelFuture connect =
        fixture
            .client()
            .handler(new Recorder())
            .connect(new InetSocketAddress(address("2001:db8::1"), 80))
            .awaitUninterruptibly();
    assertThat(connect.cause()).isInstanceOf(SocketException.class);
  }
}
