package dev.twinpath.server.ftp;

import dev.twinpath.server.content.OpenFile;
import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.CopyStage;
import dev.twinpath.server.metrics.TransferDirection;
import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * RETR in TYPE A: each LF leaves as CRLF, the line end of Telnet (RFC 959, section 3.1.1.1); a CR
 * that is already there before an LF is not doubled. Copies, by its nature.
 */
final class AsciiTransfer extends PumpTransfer {
  private static final int PIECE = 64 * 1024;

  private final String path;
  private final ByteBuffer input = ByteBuffer.allocate(PIECE);
  private Optional<OpenFile> file = Optional.empty();
  private long position;
  private boolean afterCarriageReturn;

  AsciiTransfer(FtpSession session, PassiveEndpoint endpoint, String path) {
    super(session, endpoint, TransferDirection.DOWNLOAD, CopyStage.CONTENT);
    this.path = path;
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
            opened -> {
              if (done()) {
                opened.release();
              } else {
                file = Optional.of(opened);
                connect("Opening ASCII mode data connection.");
              }
            },
            failure -> fail(failure, CloseReason.SERVER));
  }

  @Override
  Optional<ByteBuf> nextPiece() throws IOException {
    OpenFile source = file.orElseThrow();
    input.clear().limit((int) Math.min(PIECE, source.size() - position));
    if (!input.hasRemaining()) {
      return Optional.empty();
    }
    int read = source.channel().read(input, position);
    if (read <= 0) {
      throw new EOFException("the file became shorter");
    }
    position += read;
    input.flip();
    ByteBuf output = session().control().alloc().directBuffer(2 * read);
    while (input.hasRemaining()) {
      byte octet = input.get();
      if (octet == '\n' && !afterCarriageReturn) {
        output.writeByte('\r');
      }
      output.writeByte(octet);
      afterCarriageReturn = octet == '\r';
    }
    return Optional.of(output);
  }

  @Override
  void releaseContent() {
    file.ifPresent(OpenFile::release);
    file = Optional.empty();
  }
}
