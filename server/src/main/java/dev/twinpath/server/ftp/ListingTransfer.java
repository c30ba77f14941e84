package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.TransferDirection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** LIST, NLST and MLSD. The text is made piece by piece from the entries. */
final class ListingTransfer extends PumpTransfer {
  private static final int PIECE = 32 * 1024;

  private final ListingSource source;
  private final ListingFormat format;
  private Iterator<FtpEntry> entries = List.<FtpEntry>of().iterator();

  ListingTransfer(
      FtpSession session, PassiveEndpoint endpoint, ListingSource source, ListingFormat format) {
    super(session, endpoint, TransferDirection.LISTING, CopyStage.GENERATED);
    this.source = source;
    this.format = format;
  }

  @Override
  void prepare() {
    source.find(
        found -> {
          if (!done()) {
            entries = found.iterator();
            connect("Here comes the listing.");
          }
        },
        failure -> fail(failure, CloseReason.SERVER));
  }

  @Override
  Optional<ByteBuf> nextPiece() {
    StringBuilder text = new StringBuilder();
    while (entries.hasNext() && text.length() < PIECE) {
      FtpEntry entry = entries.next();
      if (FtpPath.listable(entry.name())) {
        format.append(text, entry);
        text.append("\r\n");
      }
    }
    return text.length() == 0
        ? Optional.empty()
        : Optional.of(ByteBufUtil.writeUtf8(session().control().alloc(), text));
  }

  @Override
  void releaseContent() {
    entries = List.<FtpEntry>of().iterator();
  }
}
