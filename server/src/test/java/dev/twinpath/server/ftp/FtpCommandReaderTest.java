package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.ftp.FtpCommand.Defect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines, Telnet, limits and hostile bytes. */
class FtpCommandReaderTest {
  private static final int LIMIT = 64;

  private final FtpCommandReader reader = new FtpCommandReader(LIMIT);

  private List<FtpCommand> read(ByteBuf bytes) {
    List<FtpCommand> commands = new ArrayList<>();
    Optional<FtpCommand> next = reader.read(bytes);
    while (next.isPresent()) {
      commands.add(next.get());
      next = reader.read(bytes);
    }
    assertThat(bytes.isReadable()).isFalse();
    return commands;
  }

  /** Bytes given as the characters 0 to 255. */
  private List<FtpCommand> read(String bytes) {
    return read(Unpooled.copiedBuffer(bytes, ISO_8859_1));
  }

  private static FtpCommand command(String verb, String argument) {
    return new FtpCommand(verb, argument, Defect.NONE);
  }

  @Test
  void aLineEndsInCrLfOrInLfAlone() {
    assertThat(read("NOOP\r\nquit\n")).containsExactly(command("NOOP", ""), command("QUIT", ""));
  }

  @Test
  void aLineMayComeInPieces() {
    assertThat(read("RE")).isEmpty();
    assertThat(read("TR a")).isEmpty();
    assertThat(read("b\r")).isEmpty();
    assertThat(read("\nX")).containsExactly(command("RETR", "ab"));
  }

  @Test
  void spacesBelongToTheName() {
    assertThat(read("RETR  a b \r\n")).containsExactly(command("RETR", " a b "));
  }

  @Test
  void namesAreUtf8() {
    assertThat(read(Unpooled.copiedBuffer("RETR Grüße 🙂\r\n", UTF_8)))
        .containsExactly(command("RETR", "Grüße 🙂"));
    assertThat(read("RETR \u00e4\r\n"))
        .containsExactly(new FtpCommand("RETR", "", Defect.NOT_UTF8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00ff\u00f4\u00ff\u00f2ABOR\r\n", // IP and DM, all in line
        "\u00f4\u00ff\u00f2ABOR\r\n", // the first IAC went as urgent data
        "\u00ff\u00f4\u00ffABOR\r\n", // DM went as urgent data
        "\u00f2ABOR\r\n", // only DM stayed
        "\u00ff\u00fd\u0001ABOR\r\n", // DO ECHO
        "\u00ff\u00fa\u0018\u0000x\ny\u00ff\u00ff\u00ff\u00f0ABOR\r\n", // a subnegotiation
        "AB\u00ff\u00f1OR\r\n", // NOP in the middle
        "\u00ff\u00ffABOR\r\n",
      })
  void telnetCommandsAreTakenOut(String bytes) {
    assertThat(read(bytes)).containsExactly(command("ABOR", ""));
  }

  @Test
  void aLongLineIsOneErrorAndTheNextLineIsGood() {
    assertThat(read("RETR " + "x".repeat(LIMIT * 10) + "\r\nNOOP\r\n"))
        .containsExactly(FtpCommand.defective(Defect.TOO_LONG), command("NOOP", ""));
    String longest = "RETR " + "x".repeat(LIMIT - 5);
    assertThat(read(longest + "\n").get(0).defect()).isEqualTo(Defect.NONE);
    assertThat(read(longest + "x\n").get(0).defect()).isEqualTo(Defect.TOO_LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RETR\tx\r\n", "GET/ HTTP\r\n", "\u0001\r\n", "ABCDEFGHIJ\r\n", "22\n"})
  void whatIsNoVerbIsSaidSo(String bytes) {
    assertThat(read(bytes)).containsExactly(FtpCommand.defective(Defect.NOT_A_VERB));
  }

  @Test
  void anEmptyLineIsAnEmptyVerb() {
    assertThat(read("\r\n \r\n")).containsExactly(command("", ""), command("", ""));
  }

  /** However the same random bytes are cut into pieces, the same commands come out. */
  @Test
  void randomBytesCutAnywhereGiveTheSameCommands() {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(2000)];
      random.nextBytes(bytes);
      String salt = "\r\n\n \u00ff\u00f0\u00fa\u0000AQ";
      for (int i = 0; i < bytes.length; i += 1 + random.nextInt(4)) {
        bytes[i] = (byte) salt.charAt(random.nextInt(salt.length()));
      }
      List<FtpCommand> whole = new FtpCommandReaderTest().read(Unpooled.wrappedBuffer(bytes));
      FtpCommandReaderTest pieces = new FtpCommandReaderTest();
      List<FtpCommand> cut = new ArrayList<>();
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(50));
        cut.addAll(pieces.read(Unpooled.wrappedBuffer(bytes, at, length)));
        at += length;
      }
      assertThat(cut).as("seed %d", seed).isEqualTo(whole);
    }
  }
}
