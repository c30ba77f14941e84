package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.path.ConnectionOrigin;
import dev.twinpath.server.path.PassiveListener;
import dev.twinpath.server.path.Resets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One PASV or EPSV: a listener, and the one connection that may come of it. Only the client of the
 * control connection is let in (RFC 2577, section 3, on stolen data connections); anybody else is
 * reset, and the listener goes on waiting. The listener closes with the first right connection, or
 * after the timeout.
 */
final class PassiveEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(PassiveEndpoint.class);
  private static final Consumer<Optional<DataConnection>> NOBODY = connection -> {};

  private final FtpSession session;
  private final AtomicBoolean taken = new AtomicBoolean();

  // All below: on the session's loop only.
  private Optional<PassiveListener> listener = Optional.empty();
  private Optional<DataConnection> connection = Optional.empty();
  private Consumer<Optional<DataConnection>> waiting = NOBODY;
  private Optional<Future<?>> timeout = Optional.empty();
  private boolean closed;
  private boolean handedOver;

  private PassiveEndpoint(FtpSession session) {
    this.session = session;
  }

  /** Opens a listener; continues on the session's loop. */
  static void open(FtpSession session, Consumer<PassiveEndpoint> then, Consumer<Throwable> failed) {
    PassiveEndpoint endpoint = new PassiveEndpoint(session);
    FtpContext context = session.context();
    context
        .passive()
        .listen(
            session.control(),
            session.origin(),
            context.config().passivePorts(),
            endpoint.new Acceptor())
        .addListener(
            (FutureListener<PassiveListener>)
                bound ->
                    session
                        .loop()
                        .execute(
                            () -> {
                              if (bound.isSuccess()) {
                                endpoint.opened(bound.getNow());
                                then.accept(endpoint);
                              } else {
                                failed.accept(bound.cause());
                              }
                            }));
  }

  private void opened(PassiveListener bound) {
    listener = Optional.of(bound);
    if (session.ended() || connection.isPresent()) {
      bound.close();
    }
    long nanos = session.context().config().dataTimeout().toNanos();
    timeout = Optional.of(session.loop().schedule(this::timedOut, nanos, TimeUnit.NANOSECONDS));
  }

  /** Where the client has to connect to. */
  InetSocketAddress address() {
    return listener.orElseThrow().address();
  }

  /** Hands over the connection once it is there; empty if none came in time. One caller only. */
  void connection(Consumer<Optional<DataConnection>> then) {
    if (connection.isPresent() || closed) {
      handOver(then);
    } else {
      waiting = then;
    }
  }

  private void handOver(Consumer<Optional<DataConnection>> then) {
    handedOver = connection.isPresent();
    then.accept(connection);
  }

  /** Stops listening, and closes a connection that no transfer took. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    timeout.ifPresent(timer -> timer.cancel(false));
    listener.ifPresent(PassiveListener::close);
    if (!handedOver) {
      connection.ifPresent(unused -> unused.close(CloseReason.SERVER));
    }
    Consumer<Optional<DataConnection>> waiter = waiting;
    waiting = NOBODY;
    waiter.accept(Optional.empty());
  }

  private void timedOut() {
    if (connection.isEmpty()) {
      close();
    }
  }

  private void accepted(DataConnection accepted) {
    if (closed) {
      accepted.close(CloseReason.SERVER);
      return;
    }
    connection = Optional.of(accepted);
    timeout.ifPresent(timer -> timer.cancel(false));
    listener.ifPresent(PassiveListener::close);
    if (waiting != NOBODY) {
      Consumer<Optional<DataConnection>> waiter = waiting;
      waiting = NOBODY;
      handOver(waiter);
    }
  }

  /** First in the pipeline of every connection to the listener; on that connection's loop. */
  @ChannelHandler.Sharable
  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      Channel channel = context.channel();
      ConnectionOrigin origin;
      try {
        origin = ConnectionOrigin.of(channel);
      } catch (IllegalStateException e) {
        channel.close(); // it left before it was looked at
        return;
      }
      if (!session.origin().isClient(origin.client().getAddress())) {
        LOG.warn(
            "FTP data connection from {} refused: the session is of {}",
            origin.client(),
            session.origin().client());
        Resets.reset(channel);
      } else if (!taken.compareAndSet(false, true)) {
        Resets.reset(channel);
      } else {
        DataConnection accepted = new DataConnection(channel, session.loop(), session.recorder());
        context.pipeline().addLast(accepted).remove(this);
        session.loop().execute(() -> PassiveEndpoint.this.accepted(accepted));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
