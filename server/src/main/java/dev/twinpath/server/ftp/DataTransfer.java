package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.TransferDirection;
import io.netty.channel.Channel;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One transfer, from its command to its final reply: find the content, wait for the data
 * connection, 150, send, FIN, wait until the client has everything, 226. Whatever goes wrong on the
 * way ends it with one other final reply, and after the 150 with a reset data connection, so that
 * the client cannot take a part for the whole. On the session's loop only.
 */
abstract class DataTransfer {
  private static final long FIRST_PROBE_MILLIS = 1;
  private static final long LAST_PROBE_MILLIS = 100;

  private enum State {
    PREPARING,
    SENDING,
    DRAINING,
    DONE
  }

  private final FtpSession session;
  private final PassiveEndpoint endpoint;
  private final TransferDirection direction;
  private State state = State.PREPARING;
  private Optional<DataConnection> connection = Optional.empty();
  private long startNanos;
  private long drainNanos;

  /**
   * @param endpoint where the client connects; closed by this transfer
   */
  DataTransfer(FtpSession session, PassiveEndpoint endpoint, TransferDirection direction) {
    this.session = session;
    this.endpoint = endpoint;
    this.direction = direction;
  }

  /** Finds the content away from the loop, then calls {@link #connect}. */
  abstract void prepare();

  /** Writes the content to {@link #channel}, then calls {@link #sent}. */
  abstract void send();

  /** Bytes that the transport has taken so far. */
  abstract long progress();

  /** Gives the content back. */
  abstract void release();

  final FtpSession session() {
    return session;
  }

  final boolean done() {
    return state == State.DONE;
  }

  final Channel channel() {
    return connection.orElseThrow().channel();
  }

  final void begin() {
    session.transferStarted(this);
    prepare();
  }

  /** The content is there: waits for the client's connection and starts to send. */
  final void connect(String announcement) {
    endpoint.connection(
        arrived -> {
          if (done()) {
            return;
          }
          connection = arrived;
          if (arrived.isEmpty()) {
            fail(FtpReply.of(425, "No data connection came."), CloseReason.IDLE);
            return;
          }
          arrived.get().onEvent(this::connectionChanged);
          if (arrived.get().gone() || arrived.get().broken()) {
            fail(FtpReply.of(425, "The data connection is gone."), CloseReason.RESET);
            return;
          }
          state = State.SENDING;
          startNanos = System.nanoTime();
          session.reply(150, announcement);
          send();
        });
  }

  private void connectionChanged() {
    if (done()) {
      return;
    }
    DataConnection data = connection.orElseThrow();
    if (data.broken() || (data.gone() && !data.inputEnded())) {
      lost();
    } else if (state == State.DRAINING && data.inputEnded()) {
      succeed(); // the client answered our FIN with its own
    } else if (data.gone()) {
      lost();
    }
  }

  /** Everything was written. */
  final void sent() {
    if (done()) {
      return;
    }
    DataConnection data = connection.orElseThrow();
    boolean endedEarly = data.inputEnded();
    data.finish()
        .addListener(
            shut ->
                session
                    .loop()
                    .execute(
                        () -> {
                          if (done()) {
                            return;
                          }
                          if (!shut.isSuccess()) {
                            lost();
                            return;
                          }
                          state = State.DRAINING;
                          drainNanos = System.nanoTime();
                          if (!endedEarly && data.inputEnded()) {
                            succeed();
                          } else {
                            probe(FIRST_PROBE_MILLIS);
                          }
                        }));
  }

  /** Asks on the connection's loop what the client has, again and again until it is known. */
  private void probe(long nextMillis) {
    if (done()) {
      return;
    }
    Channel asked = channel();
    Delivery.loopToAsk(asked)
        .execute(
            () -> {
              Delivery delivery = delivery(asked);
              session().loop().execute(() -> probed(delivery, nextMillis));
            });
  }

  private static Delivery delivery(Channel asked) {
    try {
      return Delivery.of(asked);
    } catch (RuntimeException e) {
      return Delivery.PENDING; // the socket is gone; the event that says so is on its way
    }
  }

  private void probed(Delivery delivery, long nextMillis) {
    if (done()) {
      return;
    }
    long graceNanos = session.context().config().closeGrace().toNanos();
    if (delivery == Delivery.ACKNOWLEDGED
        || (delivery == Delivery.UNKNOWN && System.nanoTime() - drainNanos >= graceNanos)) {
      succeed();
    } else if (delivery == Delivery.BROKEN) {
      lost();
    } else {
      session
          .loop()
          .schedule(
              () -> probe(Math.min(2 * nextMillis, LAST_PROBE_MILLIS)),
              nextMillis,
              TimeUnit.MILLISECONDS);
    }
  }

  private void succeed() {
    end(CloseReason.SERVER, false);
    session.reply(226, "Transfer complete.");
  }

  /** A write failed or the connection broke; may be called more than once. */
  void lost() {
    fail(FtpReply.of(426, "The data connection broke."), CloseReason.RESET);
  }

  /** ABOR. */
  final void abort(String text) {
    fail(FtpReply.of(426, text), CloseReason.CLIENT);
  }

  final void fail(FtpReply reply, CloseReason reason) {
    if (!done()) {
      end(reason, true);
      session.reply(reply);
    }
  }

  /** The session is gone: ends without a reply. */
  final void abandon(CloseReason reason) {
    if (!done()) {
      end(reason, true);
    }
  }

  private void end(CloseReason reason, boolean reset) {
    boolean started = state == State.SENDING || state == State.DRAINING;
    state = State.DONE;
    session.transferEnded();
    endpoint.close();
    connection.ifPresent(
        data -> {
          if (reset) {
            data.reset(reason);
          } else {
            data.close(reason);
          }
        });
    if (started) {
      session.recorder().ftpTransferBytes(direction, progress());
      session.recorder().ftpTransferCompleted(direction, System.nanoTime() - startNanos);
    }
    release();
  }
}
