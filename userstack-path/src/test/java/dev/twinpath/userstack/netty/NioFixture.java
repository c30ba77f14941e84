package dev.twinpath.userstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** The kernel's TCP on loopback: the oracle for what a transport has to do. */
final class NioFixture extends TransportFixture {
  private final EventLoopGroup serverLoop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoopGroup clientLoop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

  private final Socket boundOnly = new Socket();

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
    return NioServerSocketChannel.class;
  }

  @Override
  Class<? extends Channel> clientChannel() {
    return NioSocketChannel.class;
  }

  @Override
  Class<? extends DatagramChannel> datagramChannel() {
    return NioDatagramChannel.class;
  }

  @Override
  InetAddress serverAddress() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  InetAddress clientAddress() {
    return serverAddress();
  }

  @Override
  InetSocketAddress refusingAddress() throws IOException {
    boundOnly.bind(anyPort());
    return (InetSocketAddress) boundOnly.getLocalSocketAddress();
  }

  @Override
  public void close() throws Exception {
    boundOnly.close();
    super.close();
  }
}
