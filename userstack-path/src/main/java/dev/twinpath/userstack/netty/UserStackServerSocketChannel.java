package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.AcceptHandler;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;

/**
 * A listener of one shard of the user-level stack.
 *
 * <p>The NIC decides which queue, and so which loop, a connection belongs to: bind one of these on
 * each loop of the group, to the same address, with the loop as parent and child group of its
 * bootstrap. A child cannot be registered with another loop.
 *
 * <p>While no read is pending, connections wait in the stack's accept queue ({@code SO_BACKLOG}),
 * and when that is full, handshakes are not completed.
 */
public final class UserStackServerSocketChannel extends AbstractUserStackChannel
    implements ServerSocketChannel {
  /**
   * Children made and not yet given to the pipeline, above which the stack keeps connections back.
   */
  private static final int MAX_WAITING = 64;

  private final UserStackServerSocketChannelConfig config =
      new UserStackServerSocketChannelConfig(this);
  private TcpListener listener;

  /** Creates a channel to bind. */
  public UserStackServerSocketChannel() {
    super(null);
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new ServerUnsafe();
  }

  private ServerUnsafe serverUnsafe() {
    return (ServerUnsafe) unsafe();
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    IpAddress address = SocketErrors.ip(localAddress);
    int port = ((InetSocketAddress) localAddress).getPort();
    try {
      listener = handler().shard().listen(address, port, config.getBacklog(), serverUnsafe());
    } catch (StackException e) {
      throw SocketErrors.socketException(e, localAddress);
    }
    listener.accepting(false);
    config.streamOptions().apply(listener.options());
    localAddress(SocketErrors.address(listener.localAddress(), listener.localPort()));
    activate();
  }

  /** The stack's listener, or null before bind; the loop's thread. */
  TcpListener listener() {
    return listener;
  }

  @Override
  protected void doBeginRead() {
    ServerUnsafe unsafe = serverUnsafe();
    unsafe.readPending = true;
    if (listener != null) {
      listener.accepting(true);
    }
    if (!unsafe.waiting.isEmpty()) {
      unsafe.raise();
    }
  }

  /** Auto-read was switched off: the stack keeps further connections. Any thread. */
  void clearReadPending() {
    if (isRegistered()) {
      onLoop(
          () -> {
            if (!config.isAutoRead()) {
              serverUnsafe().stopAccepting();
            }
          });
    }
  }

  @Override
  protected void doClose() {
    if (!markClosed()) {
      return;
    }
    if (listener != null) {
      listener.close();
    }
    serverUnsafe().refuseWaiting();
    doDeregister();
  }

  @Override
  protected void doDisconnect() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    throw new UnsupportedOperationException();
  }

  @Override
  public UserStackServerSocketChannelConfig config() {
    return config;
  }

  private final class ServerUnsafe extends AbstractUnsafe
      implements UserStackIoHandle, AcceptHandler {
    private final ArrayDeque<UserStackSocketChannel> waiting = new ArrayDeque<>();
    private boolean readPending;
    private boolean queued;

    /** From within the stack's poll. */
    @Override
    public ConnectionHandler onAccept(TcpConnection connection) {
      if (!isActive()) {
        return null;
      }
      UserStackSocketChannel child =
          new UserStackSocketChannel(UserStackServerSocketChannel.this, handler(), connection);
      waiting.addLast(child);
      if (waiting.size() >= MAX_WAITING) {
        listener.accepting(false);
      }
      raise();
      return child.connectionHandler();
    }

    private void raise() {
      if (!queued) {
        queued = true;
        handler().enqueue(this);
      }
    }

    @Override
    public void dispatch() {
      queued = false;
      if (!readPending || !isActive()) {
        return;
      }
      RecvByteBufAllocator.Handle handle = recvBufAllocHandle();
      handle.reset(config);
      boolean any = false;
      do {
        UserStackSocketChannel child = waiting.pollFirst();
        if (child == null) {
          break;
        }
        handle.incMessagesRead(1);
        any = true;
        readPending = false;
        pipeline().fireChannelRead(child);
      } while (isActive() && handle.continueReading());
      if (any) {
        handle.readComplete();
        pipeline().fireChannelReadComplete();
      }
      if (!isActive()) {
        return;
      }
      listener.accepting(readPending && waiting.size() < MAX_WAITING);
      if (readPending && !waiting.isEmpty()) {
        raise();
      }
    }

    private void stopAccepting() {
      readPending = false;
      if (isActive()) {
        listener.accepting(false);
      }
    }

    private void refuseWaiting() {
      for (UserStackSocketChannel child; (child = waiting.pollFirst()) != null; ) {
        child.unsafe().closeForcibly();
      }
    }

    @Override
    public void connect(
        SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
      safeSetFailure(promise, new UnsupportedOperationException());
    }

    /** The loop shuts down. */
    @Override
    public void close() {
      close(voidPromise());
    }
  }
}
