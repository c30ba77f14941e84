package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names, patterns, replies and the lines of listings. */
class FtpTextTest {
  @ParameterizedTest
  @CsvSource({
    "/,a,/a",
    "/a/b,..,/a",
    "/a,../../../..,/",
    "/a,/b//c/./d/,/b/c/d",
    "/a,'',/a",
    "/a,'x y','/a/x y'",
    "/a,...,/a/...",
  })
  void namesAreResolvedBelowTheRoot(String directory, String name, String path) {
    assertThat(FtpPath.resolve(directory, name)).isEqualTo(path);
  }

  @Test
  void quotesAreDoubled() {
    assertThat(FtpPath.quote("/a\"b")).isEqualTo("\"/a\"\"b\"");
  }

  @ParameterizedTest
  @CsvSource({
    "*,anything,true",
    "*.txt,a.txt,true",
    "*.txt,a.txt.gz,false",
    "a?c,abc,true",
    "a?c,ac,false",
    "*a*b*c*,xxaxxbxxcxx,true",
    "a**b,ab,true",
    "abc,abc,true",
    "abc,abcd,false",
  })
  void patterns(String pattern, String name, boolean matches) {
    assertThat(NamePattern.matches(pattern, name)).isEqualTo(matches);
  }

  @Test
  void aPatternOfStarsTakesNoExponentialTime() {
    assertThat(NamePattern.matches("*a".repeat(500) + "b", "a".repeat(4000))).isFalse();
  }

  private static String encode(FtpReply reply) {
    ByteBuf bytes = reply.encode(UnpooledByteBufAllocator.DEFAULT);
    try {
      return bytes.toString(UTF_8);
    } finally {
      bytes.release();
    }
  }

  @Test
  void innerLinesCannotBeTakenForTheLast() {
    assertThat(encode(new FtpReply(211, List.of("Start", "211 fake", "End"))))
        .isEqualTo("211-Start\r\n 211 fake\r\n211 End\r\n");
  }

  @Test
  void aNameCannotMakeALineOfItsOwn() {
    assertThat(encode(FtpReply.of(257, "\"/a\r\n226 Done\"")))
        .isEqualTo("257 \"/a??226 Done\"\r\n");
  }

  private static final FtpEntry BIG =
      new FtpEntry("big file", false, 5L << 30, OptionalLong.of(1_700_000_000));
  private static final FtpEntry DIRECTORY =
      new FtpEntry("sub", true, 0, OptionalLong.of(1_700_000_000));

  private static String line(ListingFormat format, FtpEntry entry) {
    StringBuilder text = new StringBuilder();
    format.append(text, entry);
    return text.toString();
  }

  @Test
  void listLooksLikeLs() {
    ListingFormat soonAfter = ListingFormat.unix(Instant.ofEpochSecond(1_700_001_000));
    assertThat(line(soonAfter, BIG))
        .isEqualTo("-r--r--r--   1 ftp      ftp        5368709120 Nov 14 22:13 big file");
    ListingFormat yearsAfter = ListingFormat.unix(Instant.ofEpochSecond(1_790_000_000));
    assertThat(line(yearsAfter, DIRECTORY))
        .isEqualTo("dr-xr-xr-x   1 ftp      ftp                 0 Nov 14  2023 sub");
  }

  @Test
  void factsAreThoseAskedFor() {
    assertThat(line(ListingFormat.facts(EnumSet.allOf(MlstFact.class)), BIG))
        .isEqualTo("type=file;size=5368709120;modify=20231114221320;perm=r; big file");
    assertThat(line(ListingFormat.facts(MlstFact.parse("Size;type;nonsense;")), DIRECTORY))
        .isEqualTo("type=dir; sub");
    assertThat(MlstFact.feature(EnumSet.of(MlstFact.SIZE)))
        .isEqualTo("MLST type;size*;modify;perm;");
  }

  @Test
  void optionsOfLsAreNoNames() {
    assertThat(ListingArguments.withoutOptions("-la sub dir")).isEqualTo("sub dir");
    assertThat(ListingArguments.withoutOptions("-a")).isEmpty();
    assertThat(ListingArguments.withoutOptions("x -a")).isEqualTo("x -a");
  }
}
