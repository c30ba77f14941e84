package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinpath.server.config.FtpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Data connections: every byte before 226, and what happens when it comes otherwise. */
abstract class FtpTransferContract extends FtpContract {
  private static final long GIB = 1L << 30;

  /** An address of this machine that is not the one that clients have by themselves. */
  String anotherHost() {
    return "127.0.0.2";
  }

  /** A file with holes, so that it takes no room: only its last bytes are not zero. */
  private byte[] sparse(String name, long size) throws IOException {
    byte[] end = "the very end".getBytes(UTF_8);
    try (RandomAccessFile file = new RandomAccessFile(root.resolve(name).toFile(), "rw")) {
      file.seek(size - end.length);
      file.write(end);
    }
    return end;
  }

  @Test
  void aFileByEpsvAndByPasv() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(medium);
      assertThat(dialog.transfer("RETR empty")).isEmpty();
      InetSocketAddress address = dialog.passive();
      assertThat(address.getAddress()).isEqualTo(dialog.socket().getInetAddress());
      try (Socket data = new Socket(address.getAddress(), address.getPort())) {
        dialog.command("RETR /sub/b.txt", 150);
        assertThat(data.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("bb");
        data.close();
        dialog.expect(226);
      }
    }
  }

  @Test
  void theClientMayConnectAfterItsCommand() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      InetSocketAddress address = dialog.extendedPassive();
      dialog.send("RETR medium.bin\r\n");
      try (Socket data = new Socket(address.getAddress(), address.getPort())) {
        dialog.expect(150);
        assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
        data.close();
        dialog.expect(226);
      }
    }
  }

  /** A client may close its data connection only after it has read 226. */
  @Test
  void theEndIsToldToAClientThatKeepsItsConnectionOpen() throws IOException {
    try (FtpDialog dialog = login();
        Socket data = dialog.data()) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR medium.bin", 150);
      assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
      dialog.expect(226);
    }
  }

  @Test
  void aClientMayCloseItsSideBeforeTheFirstByte() throws IOException {
    try (FtpDialog dialog = login();
        Socket data = dialog.data()) {
      data.shutdownOutput();
      dialog.command("TYPE I", 200);
      dialog.command("RETR medium.bin", 150);
      assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
      dialog.expect(226);
    }
  }

  @Test
  void aTransferBeginsWhereRestSays() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.command("REST 123456", 350);
      assertThat(dialog.transfer("RETR medium.bin"))
          .isEqualTo(Arrays.copyOfRange(medium, 123_456, medium.length));
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(medium); // REST counts once
      dialog.command("REST 300000", 350);
      assertThat(dialog.transfer("RETR medium.bin")).isEmpty();
      dialog.command("REST 300001", 350);
      dialog.data().close();
      dialog.command("RETR medium.bin", 554);
      dialog.command("REST x", 501);
      dialog.command("REST 5", 350);
      dialog.command("TYPE A", 200);
      dialog.command("RETR medium.bin", 554);
    }
  }

  @Test
  void offsetsMayPassFourGiB() throws IOException {
    byte[] end = sparse("big", 5 * GIB);
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      assertThat(dialog.command("SIZE big", 213)).isEqualTo("213 5368709120");
      dialog.command("REST " + (5 * GIB - end.length - 100_000), 350);
      byte[] got = dialog.transfer("RETR big");
      assertThat(got).hasSize(100_000 + end.length).endsWith(end);
    }
  }

  @Test
  void typeAEndsLinesWithCrLf() throws IOException {
    try (FtpDialog dialog = login()) {
      assertThat(dialog.transfer("RETR lines.txt"))
          .asString(UTF_8)
          .isEqualTo("one\r\ntwo\r\n\r\nthree");
      byte[] expected =
          new String(medium, ISO_8859_1)
              .replace("\r\n", "\n")
              .replace("\n", "\r\n")
              .getBytes(ISO_8859_1);
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(expected);
    }
  }

  @Test
  void aListingOfManyFiles() throws IOException {
    for (int i = 0; i < 1000; i++) {
      Files.createFile(root.resolve("sub/file-" + i));
    }
    try (FtpDialog dialog = login()) {
      assertThat(new String(dialog.transfer("MLSD sub"), UTF_8).lines()).hasSize(1003);
    }
  }

  @Test
  void withoutAListenerThereIsNoTransfer() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR medium.bin", 425);
      dialog.command("LIST", 425);
      dialog.data().close();
      dialog.command("RETR none", 550);
      dialog.command("RETR medium.bin", 425); // one listener, one transfer
      dialog.command("RETR", 501);
    }
  }

  @Test
  void aConnectionThatNeverComesIsToldSo() throws IOException {
    server(FtpLimits.DEFAULTS.withTimeouts(LONG, Duration.ofMillis(200), LONG));
    try (FtpDialog dialog = login()) {
      InetSocketAddress address = dialog.extendedPassive();
      dialog.command("RETR medium.bin", 425);
      await()
          .pollInSameThread()
          .untilAsserted(
              () ->
                  assertThatThrownBy(
                          () -> new Socket(address.getAddress(), address.getPort()).close())
                      .isInstanceOf(IOException.class));
      dialog.command("NOOP", 200);
    }
  }

  @Test
  void anotherHostCannotStealTheDataConnection() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      InetSocketAddress address = dialog.extendedPassive();
      InetAddress other = InetAddress.getByName(anotherHost());
      assertThatThrownBy( // by connect already, or by read
              () -> {
                try (Socket thief = new Socket(address.getAddress(), address.getPort(), other, 0)) {
                  thief.setSoTimeout(20_000);
                  expectData(thief);
                }
              })
          .isInstanceOf(SocketException.class);
      try (Socket data = new Socket(address.getAddress(), address.getPort())) {
        dialog.command("RETR medium.bin", 150);
        assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
        data.close();
        dialog.expect(226);
      }
    }
  }

  /** A reset is an exception by itself; an orderly end without data is made one. */
  private static void expectData(Socket socket) throws IOException {
    if (socket.getInputStream().read() < 0) {
      throw new SocketException("closed without a byte");
    }
  }

  @Test
  void aListenerTakesOneConnectionOnly() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      InetSocketAddress address = dialog.extendedPassive();
      try (Socket data = new Socket(address.getAddress(), address.getPort())) {
        dialog.command("RETR medium.bin", 150);
        assertThatThrownBy(
                () -> {
                  try (Socket second = new Socket(address.getAddress(), address.getPort())) {
                    second.setSoTimeout(20_000);
                    expectData(second);
                  }
                })
            .isInstanceOf(SocketException.class);
        assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
      }
      dialog.expect(226);
    }
  }

  /** Whatever the socket buffers hide: a client that did not get all of it never reads 226. */
  @Test
  void aClientThatLeavesEarlyIsNotTold226() throws IOException {
    try (FtpDialog dialog = login();
        Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR medium.bin", 150);
      assertThat(data.getInputStream().read()).isEqualTo(medium[0] & 0xFF);
      assertThat(dialog.command("STAT", 211)).contains("Transferred ");
      data.setSoLinger(true, 0);
      data.close();
      dialog.expect(426);
      dialog.command("NOOP", 200);
    }
  }

  @Test
  void aFileCutShortDuringTheTransferEndsWith426() throws IOException {
    sparse("shrinking", 256L << 20);
    try (FtpDialog dialog = login();
        Socket data = dialog.data(16 * 1024)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR shrinking", 150);
      InputStream in = data.getInputStream();
      assertThat(in.readNBytes(100_000)).hasSize(100_000);
      try (RandomAccessFile file = new RandomAccessFile(root.resolve("shrinking").toFile(), "rw")) {
        file.setLength(1000);
      }
      assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
          .as("the data connection is reset, so that nobody takes a part for the whole")
          .isInstanceOf(SocketException.class);
      assertThat(dialog.expect(426)).contains("shorter");
      assertThat(dialog.transfer("RETR sub/a.txt")).asString(UTF_8).isEqualTo("a");
    }
  }

  @Test
  void aborEndsATransferAtOnce() throws IOException {
    sparse("long", 256L << 20);
    try (FtpDialog dialog = login();
        Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR long", 150);
      assertThat(data.getInputStream().read()).isEqualTo(0);
      dialog.command("ABOR", 426);
      dialog.expect(226);
      dialog.command("ABOR", 226);
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(medium);
    }
  }

  /** As RFC 959 wants it: Telnet IP and Synch, the Synch as urgent data. */
  @Test
  void aborMayComeWithUrgentData() throws IOException {
    sparse("long", 256L << 20);
    try (FtpDialog dialog = login();
        Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR long", 150);
      assertThat(data.getInputStream().read()).isEqualTo(0);
      dialog.socket().getOutputStream().write(new byte[] {(byte) 0xFF, (byte) 0xF4});
      dialog.socket().sendUrgentData(0xFF);
      dialog.socket().getOutputStream().write(new byte[] {(byte) 0xF2});
      dialog.send("ABOR\r\n");
      dialog.expect(426);
      dialog.expect(226);
      dialog.command("NOOP", 200);
    }
  }

  @Test
  void aborBehindPipelinedTransfersEndsThemAll() throws IOException {
    sparse("long", 256L << 20);
    try (FtpDialog dialog = login();
        Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR long", 150);
      assertThat(data.getInputStream().read()).isEqualTo(0);
      dialog.send("NOOP\r\nEPSV\r\nRETR long\r\nABOR\r\nNOOP\r\n");
      dialog.expect(426);
      dialog.expect(200);
      dialog.expect(229);
      dialog.expect(426);
      dialog.expect(226);
      dialog.expect(200);
    }
  }

  @Test
  void aStalledTransferEndsTheSession() throws IOException {
    sparse("long", 256L << 20);
    server(FtpLimits.DEFAULTS.withTimeouts(Duration.ofMillis(2000), LONG, LONG));
    try (FtpDialog dialog = login();
        Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR long", 150);
      assertThat(data.getInputStream().read()).isEqualTo(0);
      dialog.expect(421);
      dialog.expectClosed();
      assertThatThrownBy(() -> data.getInputStream().transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aClientThatVanishesLeavesNothingBehind() throws IOException {
    sparse("long", 256L << 20);
    FtpDialog dialog = login();
    try (Socket data = dialog.data(4096)) {
      dialog.command("TYPE I", 200);
      dialog.command("RETR long", 150);
      dialog.socket().setSoLinger(true, 0);
      dialog.close();
      assertThatThrownBy(() -> data.getInputStream().transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(SocketException.class);
    }
    await()
        .pollInSameThread()
        .untilAsserted(
            () -> {
              assertThat(server().metric("twinpath_ftp_sessions")).isZero();
              assertThat(server().metric("twinpath_connections", "protocol=\"ftp_data\"")).isZero();
            });
  }

  @Test
  void passivePortsStayInTheirRange() throws IOException {
    server(passivePorts(41_000, 41_063));
    try (FtpDialog dialog = login()) {
      for (int i = 0; i < 10; i++) {
        assertThat(dialog.extendedPassive().getPort()).isBetween(41_000, 41_063);
      }
      dialog.command("TYPE I", 200);
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(medium);
    }
  }

  /** What the counters say is what the client saw. */
  @Test
  void everythingIsCounted() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.transfer("RETR medium.bin");
      dialog.command("REST 299999", 350);
      dialog.transfer("RETR medium.bin");
      dialog.command("SIZE none", 550);
      dialog.command("XYZZY", 500);
      byte[] listing = dialog.transfer("NLST");
      dialog.command("TYPE A", 200);
      byte[] text = dialog.transfer("RETR lines.txt");
      FtpFixture server = server();
      assertThat(server.metric("twinpath_ftp_sessions")).isEqualTo(1);
      assertThat(server.metric("twinpath_ftp_commands_total", "code=\"226\"", "command=\"RETR\""))
          .isEqualTo(3);
      assertThat(server.metric("twinpath_ftp_commands_total", "code=\"550\"", "command=\"SIZE\""))
          .isEqualTo(1);
      assertThat(server.metric("twinpath_ftp_commands_total", "code=\"500\"", "command=\"other\""))
          .isEqualTo(1);
      assertThat(server.metric("twinpath_ftp_transfer_bytes_total", "direction=\"download\""))
          .isEqualTo(medium.length + 1 + text.length);
      assertThat(server.metric("twinpath_ftp_transfer_bytes_total", "direction=\"listing\""))
          .isEqualTo(listing.length);
      assertThat(server.metric("twinpath_copied_bytes_total", "stage=\"content\""))
          .as("only TYPE A copies")
          .isEqualTo(text.length);
    }
  }
}
