package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Initial sequence numbers that cannot be guessed: RFC 6528, RFC 7323 section 5.4. */
class Rfc6528InitialSequenceTest {
  @Test
  void initialSequenceNumbersDifferByTupleAndTime() {
    InitialSequence one = new InitialSequence(1, 2);
    InitialSequence two = new InitialSequence(1, 3);
    TransmissionControlBlock tuple = tuple(0, 1, 80, 0, 2, 4000);
    int first = one.sequence(tuple, 1_000_000);
    assertThat(one.sequence(tuple, 1_000_000)).isEqualTo(first);
    assertThat(one.sequence(tuple(0, 1, 80, 0, 2, 4001), 1_000_000)).isNotEqualTo(first);
    assertThat(one.sequence(tuple, 1_000_640)).isEqualTo(first + 10);
    assertThat(two.sequence(tuple, 1_000_000)).isNotEqualTo(first);
    assertThat(one.sequence(tuple(1, 1, 80, 0, 2, 4000), 1_000_000)).isNotEqualTo(first);
    assertThat(one.sequence(tuple(0, 1, 80, 1, 2, 4000), 1_000_000)).isNotEqualTo(first);
  }

  private static TransmissionControlBlock tuple(
      long localHigh, long localLow, int localPort, long high, long low, int port) {
    Connection c = new Connection(null, 0, 0);
    c.localHigh = localHigh;
    c.localLow = localLow;
    c.localPort = localPort;
    c.remoteHigh = high;
    c.remoteLow = low;
    c.remotePort = port;
    return c;
  }

  @Test
  void numbersOfOneTupleAdvanceWithTheClock() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      int first = t.stackSequence;
      t.in("R 1");
      t.after(64);
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.stackSequence - first).as("64 ms in steps of 64 ns").isEqualTo(1_000_000);
    }
  }

  @Test
  void numbersOfNeighbouringTuplesSayNothingOfEachOther() {
    InitialSequence isn = new InitialSequence(7, 8);
    Set<Integer> differences = new HashSet<>();
    int last = isn.sequence(tuple(0, 1, 80, 0, 2, 1000), 0);
    for (int port = 1001; port < 2001; port++) {
      int next = isn.sequence(tuple(0, 1, 80, 0, 2, port), 0);
      differences.add(next - last);
      last = next;
    }
    assertThat(differences).hasSize(1000);
  }

  @Test
  void timestampsStartAnywhere() {
    InitialSequence isn = new InitialSequence(7, 8);
    assertThat(isn.timestampOffset(tuple(0, 1, 80, 0, 2, 1000)))
        .isNotEqualTo(isn.timestampOffset(tuple(0, 1, 80, 0, 2, 1001)));
    assertThat(isn.timestampOffset(tuple(0, 1, 80, 0, 2, 1000)))
        .isEqualTo(isn.timestampOffset(tuple(0, 1, 80, 0, 2, 1000)));
  }

  @Test
  void sipHashIsThatOfItsAuthors() {
    // The reference vectors: key 00..0f, message 00..07 and 00..0f.
    SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertThat(hash.begin().end()).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(hash.begin().add(0x0706050403020100L).end()).isEqualTo(0x93f5f5799a932462L);
    assertThat(hash.begin().add(0x0706050403020100L).add(0x0f0e0d0c0b0a0908L).end())
        .isEqualTo(0x3f2acc7f57c29bdbL);
  }
}
