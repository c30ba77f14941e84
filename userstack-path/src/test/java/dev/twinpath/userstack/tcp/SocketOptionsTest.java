package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpOptions;
import org.junit.jupiter.api.Test;

/**
 * Options that change segments or handshakes: TCP_MAXSEG, TCP_WINDOW_CLAMP, TCP_SYNCNT,
 * TCP_DEFER_ACCEPT, IP_TOS, IP_TTL, buffer sizes.
 */
class SocketOptionsTest {
  private static void connect(Transcript t) {
    t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
  }

  @Test
  void maxSegmentBoundsBothDirections() {
    try (Transcript t = new Transcript(Transcript.config().timestamps(false))) {
      connect(t);
      t.connection().options().maxSegment(1100);
      t.out("S 0 mss 1100 sackOK ws 7").in("S. 0 ack 1 mss 1460").out(". 1 ack 1");
      assertThat(t.connection().options().maxSegment()).isEqualTo(1100);
      t.write(1500).out(". 1:1101").out("P. 1101:1501");
    }
  }

  @Test
  void aListenersMaxSegmentIsInItsSynAck() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().maxSegment(1100);
      t.in("S 0 mss 1300").out("S. 0 ack 1 mss 1100").in(". 1 ack 1");
      assertThat(t.info().mss()).isEqualTo(1100);
    }
  }

  @Test
  void theWindowClampIsNotExceeded() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().windowClamp(5000);
      t.in("S 0 mss 1460").out("S. 0 ack 1 win 4380").in(". 1 ack 1");
      t.in("P. 1:101 ack 1").out(". 1 ack 101 win 4380");
    }
  }

  @Test
  void synCountBoundsAnActiveOpen() {
    try (Transcript t = new Transcript(Transcript.config().timestamps(false))) {
      connect(t);
      t.connection().options().synCount(2);
      t.after(10_000);
      assertThat(t.drain()).isEqualTo(3);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aDeferredAcceptWaitsForData() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().deferAccept(3);
      assertThat(t.listener.options().deferAccept()).isEqualTo(3);
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1").nothing();
      assertThat(t.app.connection).isNull();
      assertThat(t.count(StackCounter.DEFER_ACCEPT_DROPS)).isEqualTo(1);
      t.in("P. 1:11 ack 1").out(". 1 ack 11").received(10);
    }
  }

  @Test
  void aDeferredAcceptEndsByASecondAck() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().deferAccept(1);
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1").nothing();
      t.after(1_100).out("S. 0 ack 1").in(". 1 ack 1").nothing();
      assertThat(t.app.connection).isNotNull();
    }
  }

  @Test
  void buffersAreDoubledAndFixed() {
    try (Transcript t = new Transcript().established()) {
      TcpOptions options = t.connection().options();
      options.receiveBuffer(10_000);
      options.sendBuffer(10_000);
      assertThat(options.receiveBuffer()).isEqualTo(20_000);
      assertThat(options.sendBuffer()).isEqualTo(20_000);
      options.receiveBuffer(10_000_000);
      assertThat(options.receiveBuffer()).isEqualTo(2 * 212_992);
      options.receiveBuffer(0);
      options.sendBuffer(0);
      assertThat(options.receiveBuffer()).isEqualTo(2304);
      assertThat(options.sendBuffer()).isEqualTo(4608);
    }
  }

  @Test
  void whatOneConnectionSetsIsItsOwn() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().linger(7);
      t.connection().options().typeOfService(0xff);
      assertThat(t.connection().options().linger()).isEqualTo(7);
      assertThat(t.connection().options().typeOfService()).isEqualTo(0xfc);
      assertThat(t.listener.options().linger()).isNegative();
      t.listener.options().linger(9);
      assertThat(t.connection().options().linger()).isEqualTo(7);
    }
  }

  @Test
  void rangesAreLinuxs() {
    try (Transcript t = new Transcript().listen()) {
      TcpOptions options = t.listener.options();
      assertThatThrownBy(() -> options.maxSegment(87)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.synCount(0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.timeToLive(256))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.userTimeout(-1))
          .isInstanceOf(IllegalArgumentException.class);
      options.finTimeout(500);
      assertThat(options.finTimeout()).isEqualTo(120);
    }
  }
}
