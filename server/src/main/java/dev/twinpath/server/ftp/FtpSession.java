package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.path.ConnectionOrigin;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.EventExecutor;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's session: what it has set, its one data connection, and the command in progress.
 * Lives on the event loop of the control connection; whatever happens elsewhere comes back there
 * first.
 */
final class FtpSession {
  private static final Logger LOG = LoggerFactory.getLogger(FtpSession.class);

  private final FtpContext context;
  private final Channel control;
  private final ConnectionOrigin origin;
  private final LoopRecorder recorder;
  private final Runnable onFinalReply;
  private final FtpSettings settings = new FtpSettings();

  private Optional<PassiveEndpoint> passive = Optional.empty();
  private Optional<DataTransfer> transfer = Optional.empty();
  private Optional<String> verbInProgress = Optional.empty();
  private int pendingAborts;
  private long transfers;
  private boolean quit;
  private boolean ended;

  /**
   * @param onFinalReply called after each final reply, when the next command may run
   */
  FtpSession(
      FtpContext context,
      Channel control,
      ConnectionOrigin origin,
      LoopRecorder recorder,
      Runnable onFinalReply) {
    this.context = context;
    this.control = control;
    this.origin = origin;
    this.recorder = recorder;
    this.onFinalReply = onFinalReply;
  }

  FtpContext context() {
    return context;
  }

  Channel control() {
    return control;
  }

  ConnectionOrigin origin() {
    return origin;
  }

  LoopRecorder recorder() {
    return recorder;
  }

  FtpSettings settings() {
    return settings;
  }

  EventExecutor loop() {
    return control.eventLoop();
  }

  /** True once the control connection is gone; nothing more is sent then. */
  boolean ended() {
    return ended;
  }

  // ---- commands and replies

  /** True while a command waits for its final reply. */
  boolean busy() {
    return verbInProgress.isPresent();
  }

  void execute(FtpCommand command) {
    verbInProgress = Optional.of(command.verb());
    try {
      FtpVerbs.run(this, command);
    } catch (RuntimeException e) {
      LOG.warn("FTP command {} failed", command.verb(), e);
      if (busy()) {
        reply(451, "The server failed at this command.");
      }
    }
  }

  void reply(int code, String text) {
    reply(FtpReply.of(code, text));
  }

  /** Sends a reply; a final one ends the command in progress. */
  void reply(FtpReply reply) {
    if (reply.isFinal()) {
      // Counted before it is sent: who has read a reply finds it in the counters.
      verbInProgress.ifPresent(verb -> recorder.ftpCommand(verb, reply.code()));
      verbInProgress = Optional.empty();
    }
    if (!ended && control.isActive()) {
      send(reply);
    }
    if (reply.isFinal()) {
      onFinalReply.run();
    }
  }

  /** Sends a reply that belongs to no command in the queue. */
  void send(FtpReply reply) {
    control.writeAndFlush(reply.encode(control.alloc()), control.voidPromise());
  }

  /** True if this side has closed the control connection. */
  boolean quit() {
    return quit;
  }

  /** Sends the last reply and closes. */
  void replyAndClose(int code, String text) {
    ended = true;
    quit = true;
    verbInProgress.ifPresent(verb -> recorder.ftpCommand(verb, code));
    verbInProgress = Optional.empty();
    control
        .writeAndFlush(FtpReply.of(code, text).encode(control.alloc()))
        .addListener(ChannelFutureListener.CLOSE);
    releaseData(CloseReason.SERVER);
  }

  // ---- content

  /** Asks for a file or directory; a failure becomes the command's reply. */
  void stat(String name, Consumer<FtpEntry> then) {
    stat(name, then, this::reply);
  }

  /** The same with something else to do about a failure. */
  void stat(String name, Consumer<FtpEntry> then, Consumer<FtpReply> failed) {
    context.content().stat(settings.resolve(name), loop(), recorder, then, failed);
  }

  /**
   * Runs work that may block away from the loop, and continues on the loop, exactly once, even if
   * the session has ended meanwhile.
   */
  <T> void offload(Callable<T> work, Consumer<T> then, Consumer<Exception> failed) {
    boolean taken =
        context
            .content()
            .runBlocking(
                () -> {
                  try {
                    T result = work.call();
                    loop().execute(() -> then.accept(result));
                  } catch (Exception e) {
                    loop().execute(() -> failed.accept(e));
                  }
                });
    if (!taken) {
      failed.accept(new RejectedExecutionException("too much waits for the disk"));
    }
  }

  // ---- the data connection

  Optional<PassiveEndpoint> passive() {
    return passive;
  }

  /** Replaces the passive listener; an earlier one, and a connection it had, are closed. */
  void passive(PassiveEndpoint endpoint) {
    passive.ifPresent(PassiveEndpoint::close);
    passive = Optional.of(endpoint);
  }

  /** Gives the passive endpoint to a transfer, which closes it. */
  Optional<PassiveEndpoint> takePassive() {
    Optional<PassiveEndpoint> taken = passive;
    passive = Optional.empty();
    return taken;
  }

  Optional<DataTransfer> transfer() {
    return transfer;
  }

  /** A number that changes whenever a transfer moves, begins or ends. */
  long progress() {
    return transfers + transfer.map(DataTransfer::progress).orElse(0L);
  }

  void transferStarted(DataTransfer started) {
    transfer = Optional.of(started);
    transfers++;
  }

  void transferEnded() {
    transfer = Optional.empty();
    transfers++;
  }

  /** ABOR was read. It ends the transfer in progress at once and is answered in its turn. */
  void abortArrived() {
    pendingAborts++;
    transfer.ifPresent(running -> running.abort("Aborted."));
  }

  void abortAnswered() {
    pendingAborts--;
  }

  /** True if an ABOR was read that has not been answered: no transfer begins before it. */
  boolean abortPending() {
    return pendingAborts > 0;
  }

  /** The control connection is gone: gives everything back. */
  void end(CloseReason reason) {
    ended = true;
    verbInProgress = Optional.empty();
    releaseData(reason);
  }

  private void releaseData(CloseReason reason) {
    transfer.ifPresent(running -> running.abandon(reason));
    passive.ifPresent(PassiveEndpoint::close);
    passive = Optional.empty();
  }
}
