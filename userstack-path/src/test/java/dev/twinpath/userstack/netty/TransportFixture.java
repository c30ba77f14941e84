package dev.twinpath.userstack.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** A transport under test: one loop that serves, one that connects to it. */
abstract class TransportFixture implements AutoCloseable {
  /** The server's loop. */
  abstract EventLoopGroup serverLoop();

  /** The client's loop. */
  abstract EventLoopGroup clientLoop();

  abstract Class<? extends ServerChannel> serverChannel();

  abstract Class<? extends Channel> clientChannel();

  abstract Class<? extends DatagramChannel> datagramChannel();

  abstract InetAddress serverAddress();

  /** The client's own address. */
  abstract InetAddress clientAddress();

  /** A port of the server that nobody listens on, and that nobody else can take meanwhile. */
  abstract InetSocketAddress refusingAddress() throws IOException;

  ServerBootstrap server() {
    EventLoop loop = serverLoop().next();
    return new ServerBootstrap().group(loop, loop).channel(serverChannel());
  }

  Bootstrap client() {
    return new Bootstrap().group(clientLoop()).channel(clientChannel());
  }

  /** A bootstrap for datagrams on the server's host. */
  Bootstrap serverDatagrams() {
    return new Bootstrap().group(serverLoop()).channel(datagramChannel());
  }

  /** A bootstrap for datagrams on the client's host. */
  Bootstrap clientDatagrams() {
    return new Bootstrap().group(clientLoop()).channel(datagramChannel());
  }

  InetSocketAddress anyPort() {
    return new InetSocketAddress(serverAddress(), 0);
  }

  @Override
  public void close() throws Exception {
    clientLoop().shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    serverLoop().shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
  }
}
