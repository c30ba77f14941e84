package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Urgent data is ordinary data, as with SO_OOBINLINE (RFC 6093). */
class Rfc6093UrgentTest {
  @Test
  void urgentDataStaysInTheStream() {
    try (Transcript t = new Transcript().established()) {
      t.in("PU. 1:101 ack 1").out(". 1 ack 101").received(100);
    }
  }

  @Test
  void anUrgentFlagWithoutDataDoesNothing() {
    try (Transcript t = new Transcript().established()) {
      t.in("U. 1 ack 1").nothing();
      t.in("P. 1:101 ack 1").out(". 1 ack 101").received(100);
    }
  }

  @Test
  void urgentDataBeyondAHoleWaitsAsOther() {
    try (Transcript t = new Transcript().established()) {
      t.in("PU. 101:201 ack 1").out(". 1 ack 1").received(0);
      t.in("P. 1:101 ack 1").out(". 1 ack 201").received(200);
    }
  }

  @Test
  void anUrgentFlagWithFinIsAFin() {
    try (Transcript t = new Transcript().established()) {
      t.in("FPU. 1:11 ack 1").received(10).after(41).out(". 1 ack 12");
      assertThat(t.app.remoteClosed).isTrue();
    }
  }
}
