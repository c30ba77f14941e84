package dev.twinpath.server.ftp;

import dev.twinpath.server.content.ContentRegion;
import dev.twinpath.server.content.OpenFile;
import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.TransferDirection;
import io.netty.channel.ChannelFutureListener;
import java.util.Optional;

/** RETR in TYPE I: the file leaves as one region, which the transport sends without copying. */
final class RegionTransfer extends DataTransfer {
  private final String path;
  private final long offset;
  private Optional<OpenFile> file = Optional.empty();
  private Optional<ContentRegion> region = Optional.empty();
  private long count;
  private boolean complete;

  RegionTransfer(FtpSession session, PassiveEndpoint endpoint, String path, long offset) {
    super(session, endpoint, TransferDirection.DOWNLOAD);
    this.path = path;
    this.offset = offset;
  }

  @Override
  void prepare() {
    session()
        .context()
        .content()
        .open(
            path,
            session().loop(),
            session().recorder(),
            this::opened,
            failure -> fail(failure, CloseReason.SERVER));
  }

  private void opened(OpenFile opened) {
    if (done()) {
      opened.release();
      return;
    }
    file = Optional.of(opened);
    count = opened.size() - offset;
    if (count < 0) {
      fail(
          FtpReply.of(554, "REST " + offset + " is beyond the end, " + opened.size() + "."),
          CloseReason.SERVER);
      return;
    }
    connect("Opening data connection for " + count + " bytes.");
  }

  @Override
  void send() {
    if (count == 0) {
      complete = true;
      sent();
      return;
    }
    ContentRegion whole = file.orElseThrow().region(offset, count);
    region = Optional.of(whole);
    channel()
        .writeAndFlush(whole)
        .addListener(
            (ChannelFutureListener)
                written ->
                    session()
                        .loop()
                        .execute(
                            () -> {
                              if (written.isSuccess()) {
                                complete = true;
                                sent();
                              } else {
                                lost();
                              }
                            }));
  }

  /** Tells a file that shrank from a client that left; the first is worth knowing. */
  @Override
  void lost() {
    if (region.isPresent() && region.get().truncated()) {
      fail(FtpReply.of(426, "The file became shorter during the transfer."), CloseReason.TRUNCATED);
    } else {
      super.lost();
    }
  }

  @Override
  long progress() {
    return complete ? count : region.map(ContentRegion::transferred).orElse(0L);
  }

  @Override
  void release() {
    file.ifPresent(OpenFile::release);
    file = Optional.empty();
  }
}
