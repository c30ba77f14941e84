package dev.twinpath.nic.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelReleaseTest {
  @ParameterizedTest
  @CsvSource({
    "6.2.0-generic, true",
    "6.18.44, true",
    "7.0-rc1, true",
    "6.1.112, false",
    "5.15.0-91-generic, false",
    "unknown, false",
  })
  void comparesMajorAndMinor(String release, boolean atLeast) {
    assertThat(KernelRelease.isAtLeast(release, 6, 2)).isEqualTo(atLeast);
  }
}
