package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Ties a socket to its connection; the whole pipeline of a client socket. */
final class ClientHandler extends ChannelInboundHandlerAdapter {
  private final ClientConnection connection;

  ClientHandler(ClientConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      connection.received(context.channel(), bytes);
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    // Nothing above listens.
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    connection.ended(context.channel());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    connection.ended(context.channel());
    context.close();
  }
}
