package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.server.config.FtpLimits;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each command on the control connection: what is answered, and what is refused. */
abstract class FtpCommandContract extends FtpContract {
  @Test
  void everybodyIsAnonymous() throws IOException {
    try (FtpDialog dialog = FtpDialog.connect(server().address())) {
      dialog.expect(220);
      dialog.command("PASS x", 503);
      dialog.command("PWD", 530);
      dialog.command("RETR medium.bin", 530);
      dialog.command("USER root", 530);
      dialog.command("PASS x", 503);
      dialog.command("user FTP", 331);
      dialog.command("pass x@y", 230);
      dialog.command("PWD", 257);
      dialog.command("REIN", 220);
      dialog.command("PWD", 530);
      dialog.command("QUIT", 221);
      dialog.expectClosed();
    }
  }

  @Test
  void theServerDescribesItself() throws IOException {
    try (FtpDialog dialog = FtpDialog.connect(server().address())) {
      dialog.expect(220);
      String features = dialog.command("FEAT", 211);
      assertThat(features)
          .contains("\n EPSV\n", "\n MDTM\n", "\n REST STREAM\n", "\n SIZE\n", "\n UTF8\n")
          .contains("\n MLST type*;size*;modify*;perm*;\n");
      assertThat(dialog.command("SYST", 215)).startsWith("215 UNIX");
      assertThat(dialog.command("HELP", 214)).contains("RETR");
      assertThat(dialog.command("STAT", 211)).contains("Not logged in");
      dialog.command("NOOP", 200);
      dialog.command("OPTS UTF8 ON", 200);
      dialog.command("OPTS utf8", 200);
      dialog.command("OPTS MLST size;", 200);
      assertThat(dialog.command("FEAT", 211)).contains("MLST type;size*;modify;perm;");
      dialog.command("OPTS NOPE", 501);
      dialog.command("AUTH TLS", 502);
      dialog.command("XYZZY", 500);
    }
  }

  @Test
  void onlyWhatIsUsefulCanBeSet() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.command("TYPE L 8", 200);
      dialog.command("type a", 200);
      dialog.command("TYPE A N", 200);
      dialog.command("TYPE E", 504);
      dialog.command("TYPE A T", 504);
      dialog.command("TYPE X", 501);
      dialog.command("TYPE", 501);
      dialog.command("MODE S", 200);
      dialog.command("MODE B", 504);
      dialog.command("MODE", 501);
      dialog.command("STRU F", 200);
      dialog.command("STRU R", 504);
      dialog.command("STRU Q", 501);
      dialog.command("ALLO 5", 202);
      dialog.command("ACCT x", 202);
    }
  }

  @Test
  void nothingCanBeWritten() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("STOR x", 553);
      dialog.command("STOU", 553);
      dialog.command("APPE x", 553);
      dialog.command("RNFR empty", 550);
      dialog.command("RNTO x", 553);
      dialog.command("DELE empty", 550);
      dialog.command("MKD x", 550);
      dialog.command("XMKD x", 550);
      dialog.command("RMD sub", 550);
      dialog.command("SITE CHMOD 777 empty", 502);
    }
    assertThat(root.resolve("x")).doesNotExist();
    assertThat(root.resolve("empty")).exists();
  }

  @Test
  void directories() throws IOException {
    try (FtpDialog dialog = login()) {
      assertThat(dialog.command("PWD", 257)).startsWith("257 \"/\" ");
      dialog.command("CWD sub", 250);
      dialog.command("CWD deep \"er", 250);
      assertThat(dialog.command("XPWD", 257)).startsWith("257 \"/sub/deep \"\"er\" ");
      dialog.command("CDUP", 250);
      assertThat(dialog.command("PWD", 257)).startsWith("257 \"/sub\" ");
      dialog.command("CWD ../../../..", 250);
      assertThat(dialog.command("PWD", 257)).startsWith("257 \"/\" ");
      dialog.command("CWD none", 550);
      dialog.command("CWD medium.bin", 550);
      dialog.command("CWD", 501);
      assertThat(dialog.command("PWD", 257)).startsWith("257 \"/\" ");
    }
  }

  @Test
  void factsAboutOneFile() throws IOException {
    Instant when = Instant.parse("2021-02-03T04:05:06Z");
    Files.setLastModifiedTime(root.resolve("medium.bin"), FileTime.from(when));
    try (FtpDialog dialog = login()) {
      dialog.command("SIZE medium.bin", 550); // TYPE A is the default
      dialog.command("TYPE I", 200);
      assertThat(dialog.command("SIZE medium.bin", 213)).isEqualTo("213 300000");
      assertThat(dialog.command("SIZE /sub/../empty", 213)).isEqualTo("213 0");
      dialog.command("SIZE sub", 550);
      dialog.command("SIZE none", 550);
      dialog.command("SIZE", 501);
      assertThat(dialog.command("MDTM medium.bin", 213)).isEqualTo("213 20210203040506");
      dialog.command("MDTM none", 550);
      dialog.command("MDTM", 501);
      assertThat(dialog.command("MLST medium.bin", 250))
          .contains("\n type=file;size=300000;modify=20210203040506;perm=r; /medium.bin\n");
      assertThat(dialog.command("MLST", 250)).contains("type=dir;").contains("perm=el; /\n");
      dialog.command("MLST none", 550);
      dialog.command("OPTS MLST", 200);
      assertThat(dialog.command("MLST empty", 250)).contains("\n /empty\n");
    }
  }

  @Test
  void hiddenNamesDoNotExist() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.command("SIZE .hidden", 550);
      dialog.command("SIZE sub/../.hidden", 550);
      dialog.command("CWD .hidden", 550);
      dialog.passive();
      dialog.command("RETR .hidden", 550);
      assertThat(new String(dialog.transfer("LIST -a"), UTF_8)).doesNotContain("hidden");
    }
  }

  @Test
  void linksOutOfTheRootAreNotFollowed(@TempDir Path elsewhere) throws IOException {
    Path secret = Files.writeString(elsewhere.resolve("secret"), "secret");
    Files.createSymbolicLink(root.resolve("out"), secret);
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      dialog.command("SIZE out", 550);
      dialog.data().close();
      dialog.command("RETR out", 550);
    }
  }

  @Test
  void listings() throws IOException {
    try (FtpDialog dialog = login()) {
      String list = new String(dialog.transfer("LIST"), UTF_8);
      assertThat(list)
          .containsPattern("(?m)^dr-xr-xr-x +1 ftp +ftp +0 .* sub\\R")
          .containsPattern("(?m)^-r--r--r-- +1 ftp +ftp +300000 .* medium.bin\\R");
      assertThat(new String(dialog.transfer("LIST -la sub/a.txt"), UTF_8)).endsWith(" a.txt\r\n");
      assertThat(new String(dialog.transfer("NLST sub"), UTF_8).lines())
          .containsExactlyInAnyOrder("deep \"er", "a.txt", "b.txt");
      assertThat(new String(dialog.transfer("NLST sub/*.txt"), UTF_8).lines())
          .containsExactlyInAnyOrder("sub/a.txt", "sub/b.txt");
      assertThat(new String(dialog.transfer("MLSD sub"), UTF_8))
          .containsPattern("(?m)^type=dir;modify=\\d{14};perm=el; deep \"er\\R")
          .containsPattern("(?m)^type=file;size=2;modify=\\d{14};perm=r; b.txt\\R");
      assertThat(dialog.transfer("LIST sub/deep \"er")).isEmpty();
      dialog.passive();
      dialog.command("MLSD medium.bin", 501);
      dialog.passive();
      dialog.command("LIST none", 550);
      assertThat(dialog.transfer("NLST none*")).isEmpty();
    }
  }

  @Test
  void statListsWithoutADataConnection() throws IOException {
    try (FtpDialog dialog = login()) {
      assertThat(dialog.command("STAT sub", 213)).contains(" a.txt\n", " b.txt\n");
      assertThat(dialog.command("STAT /sub/a.txt", 213)).contains(" a.txt\n");
      dialog.command("STAT none", 550);
    }
  }

  @Test
  void namesInAllLanguages() throws IOException {
    Files.writeString(root.resolve("Grüße – 日本 🙂.txt"), "unicode");
    Files.writeString(root.resolve("line\nbreak"), "x");
    try (FtpDialog dialog = login()) {
      dialog.command("TYPE I", 200);
      assertThat(dialog.command("SIZE Grüße – 日本 🙂.txt", 213)).isEqualTo("213 7");
      assertThat(new String(dialog.transfer("NLST"), UTF_8))
          .contains("Grüße – 日本 🙂.txt\r\n")
          .doesNotContain("break");
      assertThat(dialog.transfer("RETR Grüße – 日本 🙂.txt")).asString(UTF_8).isEqualTo("unicode");
    }
  }

  @Test
  void activeModeIsRefused() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("PORT 127,0,0,1,200,1", 502);
      dialog.command("EPRT |1|127.0.0.1|51201|", 502);
    }
  }

  @Test
  void afterEpsvAllThereIsOnlyEpsv() throws IOException {
    try (FtpDialog dialog = login()) {
      dialog.command("EPSV 2", 522);
      dialog.command("EPSV 9", 522);
      dialog.command("EPSV x", 501);
      dialog.command("EPSV 1", 229);
      dialog.command("EPSV ALL", 200);
      dialog.command("PASV", 501);
      dialog.command("PORT 127,0,0,1,200,1", 501);
      dialog.command("EPRT |1|127.0.0.1|51201|", 501);
      dialog.command("TYPE I", 200);
      assertThat(dialog.transfer("RETR medium.bin")).isEqualTo(medium);
    }
  }

  @Test
  void pipelinedCommandsAreAnsweredInOrder() throws IOException {
    try (FtpDialog dialog = login();
        Socket data = dialog.data()) {
      StringBuilder commands = new StringBuilder("TYPE I\r\nRETR medium.bin\r\n");
      for (int i = 0; i < 300; i++) {
        commands.append(i % 2 == 0 ? "NOOP\r\n" : "SIZE empty\r\n");
      }
      dialog.send(commands + "QUIT\r\n");
      dialog.expect(200);
      dialog.expect(150);
      assertThat(data.getInputStream().readAllBytes()).isEqualTo(medium);
      data.close();
      dialog.expect(226);
      for (int i = 0; i < 300; i++) {
        dialog.expect(i % 2 == 0 ? 200 : 213);
      }
      dialog.expect(221);
      dialog.expectClosed();
    }
  }

  /** As {@code printf ... | nc} does. */
  @Test
  void aClientMayCloseItsSideBehindItsCommands() throws IOException {
    try (FtpDialog dialog = FtpDialog.connect(server().address())) {
      dialog.send("USER ftp\r\nPASS x\r\nTYPE I\r\nSIZE medium.bin\r\n");
      dialog.socket().shutdownOutput();
      for (int code : new int[] {220, 331, 230, 200, 213}) {
        dialog.expect(code);
      }
      dialog.expectClosed();
    }
  }

  @Test
  void hostileLinesEndNothing() throws IOException {
    try (FtpDialog other = login()) {
      for (long seed = 0; seed < 20; seed++) {
        try (FtpDialog dialog = login()) {
          byte[] noise = new byte[20_000];
          new Random(seed).nextBytes(noise);
          dialog.socket().getOutputStream().write(noise);
          dialog.send("\r\n");
          assertThat(dialog.reply()).startsWith("5");
        }
      }
      try (FtpDialog dialog = login()) {
        dialog.command("CWD " + "x".repeat(100_000), 500);
        dialog.command("CWD " + "../".repeat(1000), 250);
        dialog.command("LIST " + "*?".repeat(1500), 425);
        dialog.command("REST 99999999999999999999", 501);
        dialog.command("REST -1", 501);
        dialog.command("", 500);
        dialog.command("NOOP", 200);
      }
      other.command("NOOP", 200);
    }
  }

  @Test
  void sessionsAreBounded() throws IOException {
    server(FtpLimits.DEFAULTS.withSessions(2, 2));
    try (FtpDialog first = login();
        FtpDialog second = login()) {
      try (FtpDialog third = FtpDialog.connect(server().address())) {
        third.expect(421);
        third.expectClosed();
      }
      first.command("QUIT", 221);
      first.expectClosed();
      second.command("NOOP", 200);
    }
    await()
        .pollInSameThread()
        .untilAsserted(
            () -> {
              try (FtpDialog again = FtpDialog.connect(server().address())) {
                again.expect(220);
              }
            });
  }

  @Test
  void anIdleSessionEnds() throws IOException {
    server(FtpLimits.DEFAULTS.withTimeouts(Duration.ofMillis(200), LONG, LONG));
    try (FtpDialog dialog = FtpDialog.connect(server().address())) {
      dialog.expect(220);
      dialog.expect(421);
      dialog.expectClosed();
    }
  }
}
