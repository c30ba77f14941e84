package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.ConnectionInfo;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.internal.StringUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.TimeUnit;

/**
 * A TCP connection of the user-level stack.
 *
 * <p>Reading: bytes go from the NIC's buffer into a pooled {@link ByteBuf} while a read is pending;
 * otherwise they stay in the stack and close the peer's window. Writing: see {@link
 * OutboundWriter}; {@link ByteBuf}, {@link MappedRegion} (zero-copy) and any other {@link
 * FileRegion} (copied) are accepted.
 *
 * <p>Closing sends what was copied into the stack and then FIN, as a kernel does with its socket
 * buffer. But bytes of a file range that were never sent are not sent any more: the connection is
 * then reset, since a FIN there would look like the end of the file.
 */
public final class UserStackSocketChannel extends AbstractUserStackChannel
    implements SocketChannel {
  private static final String EXPECTED_TYPES =
      " (expected: ByteBuf, MappedRegion or another FileRegion)";

  private final UserStackSocketChannelConfig config = new UserStackSocketChannelConfig(this);
  private final InboundReader reader = new InboundReader(this);
  private final Runnable flushTask = () -> socketUnsafe().flushNow();
  private volatile boolean inputShutdown;
  private volatile boolean outputShutdown;
  private TcpConnection connection;
  private OutboundWriter writer;
  private ConnectAttempt connecting;

  /** Creates a channel to connect with; it is registered with a loop of a {@link UserStack}. */
  public UserStackSocketChannel() {
    super(null);
  }

  /** Creates the channel of an accepted connection, on the loop's thread. */
  UserStackSocketChannel(
      UserStackServerSocketChannel parent, UserStackIoHandler handler, TcpConnection connection) {
    super(parent);
    handler(handler);
    attach(connection);
    remoteAddress(SocketErrors.address(connection.remoteAddress(), connection.remotePort()));
    activate();
  }

  private void attach(TcpConnection opened) {
    connection = opened;
    writer = new OutboundWriter(this, handler(), opened);
    localAddress(SocketErrors.address(opened.localAddress(), opened.localPort()));
    config.apply(opened);
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new SocketUnsafe();
  }

  private SocketUnsafe socketUnsafe() {
    return (SocketUnsafe) unsafe();
  }

  /** Accepts what the stack has to say about this channel's connection. */
  ConnectionHandler connectionHandler() {
    return socketUnsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return super.isCompatible(loop) && (parent() == null || parent().eventLoop() == loop);
  }

  @Override
  void registered() {
    if (connection != null) {
      // An accepted connection's options were set after it came, and before it had a loop.
      config.apply(connection);
    }
    socketUnsafe().raiseAgain();
  }

  @Override
  protected void doBind(SocketAddress localAddress) {
    SocketErrors.ip(localAddress);
    localAddress((InetSocketAddress) localAddress);
  }

  @Override
  protected void doBeginRead() {
    if (reader.beginRead()) {
      socketUnsafe().raise(SocketUnsafe.READ);
    }
  }

  /** Auto-read was switched off: what comes from now on stays in the stack. Any thread. */
  void clearReadPending() {
    if (isRegistered()) {
      onLoop(
          () -> {
            if (!config.isAutoRead()) {
              reader.clearReadPending();
            }
          });
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) {
      ByteBuf buffer = (ByteBuf) message;
      if (!buffer.isReadable()) {
        buffer.release();
        return OutboundWriter.EMPTY;
      }
      return DirectBuffers.direct(buffer, alloc());
    }
    if (message instanceof FileRegion) {
      return message;
    }
    throw new UnsupportedOperationException(
        "unsupported message type: " + StringUtil.simpleClassName(message) + EXPECTED_TYPES);
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    if (connection.isClosed()) {
      // Its end is noted and fails what is in the buffer.
      return;
    }
    socketUnsafe().take(SocketUnsafe.WRITE);
    boolean more = writer.write(in, config.getWriteSpinCount());
    if (more) {
      eventLoop().execute(flushTask);
    } else if (!in.isEmpty()
        && !writer.rangesInFlight()
        && connection.unackedBytes() == 0
        && connection.unsentBytes() == 0
        && !connection.isClosed()) {
      // Others have the whole send slab, and no acknowledgement of ours will tell when it is free.
      eventLoop().schedule(flushTask, 1, TimeUnit.MILLISECONDS);
    }
  }

  /** The stack gave a range back, from within its poll. */
  void rangeReleased() {
    socketUnsafe().raise(SocketUnsafe.WRITE);
  }

  /** A file that is being sent became too short, found from within the stack's poll. */
  void fileTruncated() {
    socketUnsafe().onClosed(CloseCause.FILE_TRUNCATED);
  }

  @Override
  protected void doShutdownOutput() {
    if (connection == null) {
      throw new NotYetConnectedException();
    }
    outputShutdown = true;
    connection.shutdownOutput();
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    if (!markClosed()) {
      return;
    }
    inputShutdown = true;
    outputShutdown = true;
    ConnectAttempt attempt = connecting;
    if (attempt != null) {
      connecting = null;
      attempt.fail(new ClosedChannelException());
    }
    if (connection != null) {
      closeConnection(attempt != null);
    }
    reader.close();
    doDeregister();
  }

  private void closeConnection(boolean unanswered) {
    TcpConnection closing = connection;
    int linger = config.getSoLinger();
    boolean cutsRange = writer.rangesInFlight() && closing.unsentBytes() > 0;
    if (unanswered || linger == 0 || cutsRange || !isRegistered()) {
      closing.abort();
      return;
    }
    closing.close();
    if (linger > 0) {
      eventLoop()
          .schedule(
              () -> {
                if (!closing.isClosed()) {
                  closing.abort();
                }
              },
              linger,
              TimeUnit.SECONDS);
    }
  }

  @Override
  public UserStackSocketChannelConfig config() {
    return config;
  }

  @Override
  public ServerSocketChannel parent() {
    return (ServerSocketChannel) super.parent();
  }

  /** The stack's connection, or null before connect; the loop's thread. */
  TcpConnection connection() {
    return connection;
  }

  /**
   * A snapshot of the connection as {@code ss -ti} shows it, or null before connect. On the loop's
   * thread.
   */
  public ConnectionInfo tcpInfo() {
    return connection == null ? null : connection.info();
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  /** Nothing is read any more. */
  void markInputShutdown() {
    inputShutdown = true;
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShutdown;
  }

  @Override
  public boolean isShutdown() {
    return inputShutdown && outputShutdown;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    onLoop(() -> socketUnsafe().shutdownOutput(promise));
    return promise;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    onLoop(() -> socketUnsafe().shutdownInput(promise));
    return promise;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    shutdownOutput()
        .addListener(
            output ->
                shutdownInput()
                    .addListener(
                        input -> {
                          Throwable cause = output.cause() != null ? output.cause() : input.cause();
                          if (cause != null) {
                            promise.setFailure(cause);
                          } else {
                            promise.setSuccess();
                          }
                        }));
    return promise;
  }

  /** The loop's, the stack's and Netty's view of this channel. */
  private final class SocketUnsafe extends AbstractUnsafe
      implements UserStackIoHandle, ConnectionHandler {
    static final int CONNECTED = 1;
    static final int READ = 2;
    static final int WRITE = 4;
    static final int ENDED = 8;

    private int events;
    private boolean queued;
    private CloseCause closeCause;

    // --- called by the stack, from within its poll: only note what happened

    @Override
    public void onConnected() {
      raise(CONNECTED);
    }

    @Override
    public int onData(long address, int length) {
      try {
        int taken = reader.take(address, length);
        if (taken > 0) {
          raise(READ);
        }
        return taken;
      } catch (RuntimeException | OutOfMemoryError e) {
        // The allocator failed. The bytes stay in the stack; the read that follows, outside of the
        // stack's poll, meets the same error and closes the channel.
        raise(READ);
        return 0;
      }
    }

    @Override
    public void onDataEnd() {
      if (reader.readPending()) {
        raise(READ);
      }
    }

    @Override
    public void onRemoteClosed() {
      reader.remoteClosed();
      raise(READ);
    }

    @Override
    public void onWritable() {
      ChannelOutboundBuffer buffer = outboundBuffer();
      if (buffer != null && !buffer.isEmpty()) {
        raise(WRITE);
      }
    }

    @Override
    public void onClosed(CloseCause cause) {
      if (closeCause == null) {
        closeCause = cause;
      }
      raise(ENDED);
    }

    private void raise(int event) {
      events |= event;
      if (!queued && handler() != null) {
        queued = true;
        handler().enqueue(this);
      }
    }

    private boolean take(int event) {
      boolean happened = (events & event) != 0;
      events &= ~event;
      return happened;
    }

    // --- called by the loop, outside of the stack's poll

    /** What came before the channel was registered is told now. */
    private void raiseAgain() {
      if (events != 0) {
        raise(0);
      }
    }

    @Override
    public void dispatch() {
      queued = false;
      if (!isRegistered()) {
        return;
      }
      try {
        if (take(CONNECTED)) {
          connected();
        }
        if (take(READ) && reader.read()) {
          raise(READ);
        }
        // What the pipeline wrote while it read has taken this event already: see doWrite.
        if (take(WRITE)) {
          flush0();
        }
        if (take(ENDED)) {
          ended();
        }
      } catch (Throwable t) {
        pipeline().fireExceptionCaught(t);
        close(voidPromise());
      }
    }

    private void flushNow() {
      flush0();
    }

    private void shutdownInput(ChannelPromise promise) {
      if (!isOpen()) {
        promise.tryFailure(new ClosedChannelException());
        return;
      }
      if (connection == null) {
        promise.tryFailure(new NotYetConnectedException());
        return;
      }
      inputShutdown = true;
      reader.discard();
      promise.setSuccess();
      if (reader.readPending()) {
        raise(READ);
      }
    }

    /** The connection is over, and not because this channel closed it. */
    private void ended() {
      if (!isOpen()) {
        return;
      }
      ConnectAttempt attempt = connecting;
      if (attempt != null) {
        connecting = null;
        close(voidPromise());
        attempt.fail(SocketErrors.connecting(closeCause, attempt.remote()));
        return;
      }
      IOException error = SocketErrors.established(closeCause);
      if (error == null) {
        // NORMAL: both sides sent FIN; the pipeline learns of the peer's when it reads.
        if (closeCause != CloseCause.NORMAL) {
          close(voidPromise());
        }
        return;
      }
      if (!connection.isClosed()) {
        connection.abort();
      }
      if (closeCause != CloseCause.FILE_TRUNCATED) {
        pipeline().fireExceptionCaught(error);
      }
      if (config.isAutoClose()) {
        handleWriteError(error);
      } else {
        close(voidPromise());
      }
    }

    @Override
    public void connect(
        SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
      // Not made uncancellable: a connect can be cancelled as long as it is not answered.
      if (promise.isDone() || !ensureOpen(promise)) {
        return;
      }
      try {
        if (connecting != null) {
          throw new ConnectionPendingException();
        }
        if (connection != null) {
          throw new AlreadyConnectedException();
        }
        if (localAddress != null) {
          doBind(localAddress);
        }
        attach(open(remoteAddress));
        connecting = new ConnectAttempt(UserStackSocketChannel.this, remoteAddress, promise);
      } catch (StackException e) {
        promise.tryFailure(SocketErrors.socketException(e, remoteAddress));
        closeIfClosed();
      } catch (Throwable t) {
        promise.tryFailure(annotateConnectException(t, remoteAddress));
        closeIfClosed();
      }
    }

    private TcpConnection open(SocketAddress remoteAddress) {
      InetSocketAddress bound = (InetSocketAddress) localAddress0();
      IpAddress localIp = bound == null ? IpAddress.ANY : SocketErrors.ip(bound);
      int localPort = bound == null ? 0 : bound.getPort();
      IpAddress remoteIp = SocketErrors.ip(remoteAddress);
      int remotePort = ((InetSocketAddress) remoteAddress).getPort();
      return handler().shard().connect(localIp, localPort, remoteIp, remotePort, this);
    }

    private void connected() {
      ConnectAttempt attempt = connecting;
      if (attempt == null) {
        return;
      }
      connecting = null;
      UserStackSocketChannel.this.remoteAddress((InetSocketAddress) attempt.remote());
      activate();
      boolean told = attempt.succeed();
      pipeline().fireChannelActive();
      if (!told) {
        // The user cancelled, too late for the peer not to notice.
        close(voidPromise());
      }
    }

    /** The loop shuts down. */
    @Override
    public void close() {
      close(voidPromise());
    }
  }
}
