package dev.twinpath.userstack.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;

/**
 * The multicast half of {@link DatagramChannel}: the stack sends to groups and does not join them,
 * so each of these fails its promise and changes nothing.
 */
interface GroupMembership extends DatagramChannel {
  /** Fails a promise. */
  static ChannelFuture refuse(ChannelPromise promise) {
    return promise.setFailure(
        new UnsupportedOperationException(
            "the user-level stack does not join multicast groups (IGMP, MLD)"));
  }

  @Override
  default ChannelFuture joinGroup(InetAddress group) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture joinGroup(InetAddress group, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture joinGroup(InetSocketAddress group, NetworkInterface link) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture joinGroup(
      InetSocketAddress group, NetworkInterface link, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture joinGroup(InetAddress group, NetworkInterface link, InetAddress source) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture joinGroup(
      InetAddress group, NetworkInterface link, InetAddress source, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture leaveGroup(InetAddress group) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture leaveGroup(InetAddress group, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture leaveGroup(InetSocketAddress group, NetworkInterface link) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture leaveGroup(
      InetSocketAddress group, NetworkInterface link, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture leaveGroup(InetAddress group, NetworkInterface link, InetAddress source) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture leaveGroup(
      InetAddress group, NetworkInterface link, InetAddress source, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture block(InetAddress group, NetworkInterface link, InetAddress source) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture block(
      InetAddress group, NetworkInterface link, InetAddress source, ChannelPromise promise) {
    return refuse(promise);
  }

  @Override
  default ChannelFuture block(InetAddress group, InetAddress source) {
    return refuse(newPromise());
  }

  @Override
  default ChannelFuture block(InetAddress group, InetAddress source, ChannelPromise promise) {
    return refuse(promise);
  }
}
