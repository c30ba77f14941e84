package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.TransferDirection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import java.io.IOException;
import java.util.Optional;

/**
 * A transfer that host code makes the bytes of: listings, and files in TYPE A. One piece is made
 * away from the loop, written, and only then the next one is made, so that a slow client holds one
 * piece of memory.
 */
abstract class PumpTransfer extends DataTransfer {
  private final CopyStage stage;
  private long written;
  private boolean running;

  /**
   * @param stage what kind of copying this is
   */
  PumpTransfer(
      FtpSession session, PassiveEndpoint endpoint, TransferDirection direction, CopyStage stage) {
    super(session, endpoint, direction);
    this.stage = stage;
  }

  /** Makes the next piece; empty at the end. Away from the loop, one call at a time. */
  abstract Optional<ByteBuf> nextPiece() throws IOException;

  /** Gives the content back; no {@link #nextPiece} runs. */
  abstract void releaseContent();

  @Override
  final void send() {
    running = true;
    session()
        .offload(
            this::nextPiece,
            piece -> {
              running = false;
              if (done()) {
                piece.ifPresent(ByteBuf::release);
                releaseContent();
              } else if (piece.isPresent()) {
                write(piece.get());
              } else {
                sent();
              }
            },
            failure -> {
              running = false;
              if (done()) {
                releaseContent();
              } else {
                fail(FtpReply.of(426, "The content became unreadable."), CloseReason.TRUNCATED);
              }
            });
  }

  private void write(ByteBuf bytes) {
    int length = bytes.readableBytes();
    session().recorder().copiedBytes(stage, length);
    channel()
        .writeAndFlush(bytes)
        .addListener(
            (ChannelFutureListener)
                future ->
                    session()
                        .loop()
                        .execute(
                            () -> {
                              if (future.isSuccess()) {
                                written += length;
                              }
                              if (done()) {
                                return;
                              }
                              if (future.isSuccess()) {
                                send();
                              } else {
                                lost();
                              }
                            }));
  }

  @Override
  final long progress() {
    return written;
  }

  @Override
  final void release() {
    if (!running) {
      releaseContent();
    }
  }
}
