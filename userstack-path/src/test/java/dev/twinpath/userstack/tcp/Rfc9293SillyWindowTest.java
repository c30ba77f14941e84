package dev.twinpath.userstack.tcp;

import org.junit.jupiter.api.Test;

/** Silly windows, avoided by both sides (RFC 9293 section 3.8.6.2). */
class Rfc9293SillyWindowTest {
  @Test
  void theSenderDoesNotUseThemUntilThePersistTimerSaysSo() {
    try (Transcript t = new Transcript().established()) {
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 100");
      t.write(5000).nothing();
      t.after(210).out(". 1461:1561");
    }
  }

  @Test
  void aSmallReceiversHalfWindowIsUsed() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 1000 mss 1460").out("S. 0 ack 1").in(". 1 ack 1 win 1000");
      t.write(3000).out(". 1:1001").nothing();
      t.in(". 1 ack 1001 win 1000").out(". 1001:2001");
    }
  }

  private static Transcript full() {
    Transcript t = new Transcript(Transcript.config().rmem(4096, 16_384, 16_384)).established();
    t.app.take = 0;
    t.in(". 1:2921 ack 1").in(". 2921:5841 ack 1").in(". 5841:7301 ack 1");
    t.after(300);
    t.drain();
    return t;
  }

  @Test
  void theReceiverDoesNotOfferALittle() {
    try (Transcript t = full()) {
      long room = t.arena.allocate(8192).address();
      t.connection().receive(room, 100);
      t.nothing();
      t.connection().receive(room, 400);
      t.nothing();
    }
  }

  @Test
  void theReceiverOffersASegment() {
    try (Transcript t = full()) {
      long room = t.arena.allocate(8192).address();
      t.connection().receive(room, 1460);
      t.run().out(". 1 ack 7301 win 1460");
    }
  }

  @Test
  void theReceiverOffersAgainWhenTheWindowHasDoubled() {
    try (Transcript t = full()) {
      long room = t.arena.allocate(8192).address();
      t.connection().receive(room, 1460);
      t.run().out(". 1 ack 7301 win 1460");
      t.connection().receive(room, 400);
      t.nothing();
      t.connection().receive(room, 2000);
      t.run().out(". 1 ack 7301 win 4380");
    }
  }
}
