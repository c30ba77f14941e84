package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TestHandler;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ephemeral ports that cannot be guessed: RFC 6056. */
class Rfc6056PortsTest {
  private static final IpAddress ONE = IpAddress.of(1);
  private static final IpAddress TWO = IpAddress.of(2);

  @Test
  void portsAreOfTheRangeAndInNoOrder() {
    try (Transcript t = new Transcript()) {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        ports.add(
            t.stack.connect(0, 0, Transcript.PEER_ADDRESS, 80, new TestHandler()).localPort());
      }
      assertThat(ports).doesNotHaveDuplicates().allMatch(p -> p >= 32768 && p <= 60999);
      int steps = 0;
      for (int i = 1; i < ports.size(); i++) {
        steps += Math.abs(ports.get(i) - ports.get(i - 1)) < 64 ? 1 : 0;
      }
      assertThat(steps).as("neighbours in time and number").isLessThan(10);
    }
  }

  @Test
  void portsDifferByKey() {
    InitialSequence one = new InitialSequence(1, 2);
    InitialSequence two = new InitialSequence(1, 3);
    assertThat(one.portSalt(ONE, TWO, 80)).isNotEqualTo(two.portSalt(ONE, TWO, 80)).isNotNegative();
    assertThat(one.portSalt(ONE, TWO, 80)).isNotEqualTo(one.portSalt(ONE, TWO, 80));
  }

  @Test
  void theLastFreePortIsFound() {
    try (Transcript t = new Transcript(Transcript.config().ephemeralPorts(40000, 40009))) {
      Set<Integer> ports = new HashSet<>();
      for (int i = 0; i < 10; i++) {
        ports.add(
            t.stack.connect(0, 0, Transcript.PEER_ADDRESS, 80, new TestHandler()).localPort());
      }
      assertThat(ports).hasSize(10);
      assertThatThrownBy(
              () -> t.stack.connect(0, 0, Transcript.PEER_ADDRESS, 80, new TestHandler()))
          .isInstanceOf(StackException.class);
    }
  }

  @Test
  void aPortServesManyPeers() {
    try (Transcript t = new Transcript(Transcript.config().ephemeralPorts(40000, 40000))) {
      for (int i = 0; i < 10; i++) {
        t.stack.connect(0, 0, Transcript.PEER_ADDRESS, 80 + i, new TestHandler());
      }
      assertThat(t.stack.connectionCount()).isEqualTo(10);
    }
  }

  @Test
  void aPortThatListensIsNotTaken() {
    try (Transcript t = new Transcript(Transcript.config().ephemeralPorts(40000, 40000))) {
      t.stack.listen(0, 40000, 1, c -> null);
      assertThatThrownBy(
              () -> t.stack.connect(0, 0, Transcript.PEER_ADDRESS, 80, new TestHandler()))
          .isInstanceOf(StackException.class);
    }
  }
}
