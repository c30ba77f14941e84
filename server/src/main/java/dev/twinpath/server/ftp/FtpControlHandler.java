package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.ConnectionProtocol;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.path.ConnectionOrigin;
import dev.twinpath.server.path.OpenConnections;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control connection. Commands run one after the other in the order they came; only ABOR, and
 * STAT during a transfer, act when they are read (RFC 959, section 4.1.3).
 */
final class FtpControlHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(FtpControlHandler.class);

  private final FtpContext shared;
  private final FtpCommandReader reader;
  private final Queue<FtpCommand> waiting = new ArrayDeque<>();
  private ByteBuf unread = Unpooled.EMPTY_BUFFER;
  private Optional<FtpSession> session = Optional.empty();
  private Optional<IdleWatch> idle = Optional.empty();
  private LoopRecorder recorder;
  private InetAddress client;
  private CloseReason reason = CloseReason.CLIENT;
  private boolean running;
  private boolean draining;
  private boolean inputEnded;

  FtpControlHandler(FtpContext shared) {
    this.shared = shared;
    this.reader = new FtpCommandReader(shared.config().maxLine());
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    recorder = shared.recorders().apply(context.channel().eventLoop());
    recorder.connectionOpened(ConnectionProtocol.FTP);
    ConnectionOrigin origin;
    try {
      origin = ConnectionOrigin.of(context.channel());
    } catch (IllegalStateException e) {
      context.close(); // it left before it was looked at
      return;
    }
    client = origin.client().getAddress();
    if (!shared.limits().acquire(client)) {
      reason = CloseReason.REFUSED;
      refuse(context);
      return;
    }
    FtpSession opened =
        new FtpSession(shared, context.channel(), origin, recorder, () -> next(context));
    session = Optional.of(opened);
    recorder.ftpSessionOpened();
    idle =
        Optional.of(
            new IdleWatch(
                context.executor(),
                System::nanoTime,
                opened::progress,
                shared.config().idleTimeout(),
                this::timedOut));
    opened.send(FtpReply.of(220, "twinpath FTP: anonymous, read-only."));
    context.fireChannelActive();
  }

  private static void refuse(ChannelHandlerContext context) {
    FtpReply reply = FtpReply.of(421, "Too many sessions, try again later.");
    context.writeAndFlush(reply.encode(context.alloc())).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (session.isEmpty() || session.get().ended()) {
      bytes.release();
      return;
    }
    if (unread.isReadable()) {
      unread = Unpooled.wrappedBuffer(unread, bytes);
    } else {
      unread.release();
      unread = bytes;
    }
    next(context);
  }

  /** Reads commands as far as there is room, and runs them as far as none is in progress. */
  private void next(ChannelHandlerContext context) {
    if (running || session.isEmpty()) {
      return;
    }
    FtpSession current = session.get();
    running = true;
    try {
      readCommands(current);
      while (!current.ended() && !current.busy() && !waiting.isEmpty()) {
        idle.ifPresent(IdleWatch::active);
        current.execute(waiting.remove());
        readCommands(current);
      }
    } finally {
      running = false;
    }
    if (draining && !current.ended() && !current.busy()) {
      reason = CloseReason.DRAIN;
      current.replyAndClose(421, "The server is shutting down.");
    }
    if (inputEnded && !current.ended() && !current.busy() && waiting.isEmpty()) {
      // Everything that the client asked for is answered; the answers leave first.
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    if (!inputEnded) {
      context.channel().config().setAutoRead(waiting.size() < shared.config().maxPipelined());
    }
  }

  private void readCommands(FtpSession current) {
    while (waiting.size() < shared.config().maxPipelined() && unread.isReadable()) {
      Optional<FtpCommand> command = reader.read(unread);
      if (command.isPresent() && !actAtOnce(current, command.get())) {
        waiting.add(command.get());
      }
    }
  }

  private boolean actAtOnce(FtpSession current, FtpCommand command) {
    if (command.is("ABOR")) {
      current.abortArrived();
      return false; // it is answered in its turn
    }
    if (command.is("STAT") && command.argument().isEmpty() && current.transfer().isPresent()) {
      FtpReply reply = InformationVerbs.describe(current);
      recorder.ftpCommand(command.verb(), reply.code());
      current.send(reply);
      return true;
    }
    return false;
  }

  private void timedOut() {
    reason = CloseReason.IDLE;
    session.ifPresent(current -> current.replyAndClose(421, "Idle for too long."));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    idle.ifPresent(IdleWatch::stop);
    waiting.clear();
    unread.release();
    unread = Unpooled.EMPTY_BUFFER;
    session.ifPresent(
        ended -> {
          if (ended.quit() && reason == CloseReason.CLIENT) {
            reason = CloseReason.SERVER;
          }
          ended.end(reason);
          shared.limits().release(client);
          recorder.ftpSessionClosed();
        });
    recorder.connectionClosed(ConnectionProtocol.FTP, reason);
    context.fireChannelInactive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == OpenConnections.DRAIN) {
      draining = true;
      next(context);
    } else if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      next(context);
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("FTP control connection failed", cause);
    reason = CloseReason.RESET;
    context.close();
  }
}
