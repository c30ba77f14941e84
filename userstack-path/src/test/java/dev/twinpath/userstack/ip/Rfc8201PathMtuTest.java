package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What paths let through (RFC 1191, RFC 8201): the cache. */
class Rfc8201PathMtuTest {
  private static final IpAddress V6 = IpAddress.parse("2001:db8::2");
  private static final IpAddress V4 = IpAddress.parse("192.0.2.2");
  private static final long SECOND = 1_000_000_000L;

  private final PathMtu paths = new PathMtu(1500, 42);

  @ParameterizedTest
  @CsvSource({
    "2001:db8::2,1400,1400",
    "2001:db8::2,1280,1280",
    // RFC 8201 section 4: less is not believed.
    "2001:db8::2,1279,1500",
    "2001:db8::2,0,1500",
    "2001:db8::2,1500,1500",
    "2001:db8::2,9000,1500",
    "192.0.2.2,1000,1000",
    // As Linux's min_pmtu.
    "192.0.2.2,68,552",
    "192.0.2.2,0,552",
    "192.0.2.2,2000,1500"
  })
  void whatIsBelieved(String destination, int reported, int believed) {
    IpAddress a = IpAddress.parse(destination);
    assertThat(paths.learn(a.high(), a.low(), reported, 1)).isEqualTo(believed);
    assertThat(paths.get(a.high(), a.low(), 2)).isEqualTo(believed);
  }

  @Test
  void itOnlyEverShrinks() {
    paths.learn(V4.high(), V4.low(), 1000, 1);
    assertThat(paths.learn(V4.high(), V4.low(), 1200, 2)).isEqualTo(1000);
    assertThat(paths.learn(V4.high(), V4.low(), 900, 3)).isEqualTo(900);
  }

  @Test
  void afterTenMinutesTheLinksMtuIsTriedAgain() {
    paths.learn(V6.high(), V6.low(), 1300, 0);
    assertThat(paths.get(V6.high(), V6.low(), 599 * SECOND)).isEqualTo(1300);
    assertThat(paths.get(V6.high(), V6.low(), 600 * SECOND)).isEqualTo(1500);
    assertThat(paths.learn(V6.high(), V6.low(), 1400, 601 * SECOND)).isEqualTo(1400);
  }

  @Test
  void pathsToOthersStayAsTheyAre() {
    paths.learn(V6.high(), V6.low(), 1300, 0);
    assertThat(paths.get(V6.high(), V6.low() + 1, 1)).isEqualTo(1500);
    assertThat(paths.get(V4.high(), V4.low(), 1)).isEqualTo(1500);
  }

  @Test
  void aFloodOfDestinationsForgetsTheOldestOfThem() {
    int kept = 0;
    for (int i = 0; i < 100_000; i++) {
      paths.learn(V6.high(), i, 1300, 1);
      // Used all the time, so never the one that was used least lately.
      if (i == 0) {
        paths.learn(V4.high(), V4.low(), 1000, 1);
      }
      assertThat(paths.get(V4.high(), V4.low(), 1)).isEqualTo(1000);
    }
    for (int i = 0; i < 100_000; i++) {
      kept += paths.get(V6.high(), i, 1) == 1300 ? 1 : 0;
    }
    assertThat(kept).isLessThanOrEqualTo(1023).isGreaterThan(900);
  }
}
