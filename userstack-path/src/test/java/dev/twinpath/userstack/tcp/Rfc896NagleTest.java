package dev.twinpath.userstack.tcp;

import org.junit.jupiter.api.Test;

/** Nagle (RFC 896) with the rule of Minshall, TCP_CORK and MSG_MORE, as Linux has them. */
class Rfc896NagleTest {
  private static Transcript nagling() {
    Transcript t = new Transcript().established();
    t.connection().noDelay(false);
    return t;
  }

  @Test
  void queuedDataWaitsForFlush() {
    try (Transcript t = new Transcript().established()) {
      t.writeMore(100).silence(1_000);
      t.writeMore(100);
      t.connection().flush();
      t.out("P. 1:201").nothing();
    }
  }

  @Test
  void withoutItSmallSegmentsFollowEachOther() {
    try (Transcript t = new Transcript().established()) {
      t.write(10).out("P. 1:11").write(10).out("P. 11:21");
    }
  }

  @Test
  void aSmallSegmentWaitsForTheAckOfASmallOne() {
    try (Transcript t = nagling()) {
      t.write(10).out("P. 1:11").write(10).write(10).nothing();
      t.in(". 1 ack 11").out("P. 11:31");
    }
  }

  @Test
  void aSmallSegmentDoesNotWaitForFullOnes() {
    try (Transcript t = nagling()) {
      t.write(2920).out(". 1:1461").out("P. 1461:2921");
      t.write(100).out("P. 2921:3021");
      t.write(100).nothing();
    }
  }

  @Test
  void theRestOfALargeWriteGoes() {
    try (Transcript t = nagling()) {
      t.write(1500).out(". 1:1461").out("P. 1461:1501");
      t.write(3000).out(". 1501:2961").out(". 2961:4421").nothing();
      t.in(". 1 ack 1501").out("P. 4421:4501");
    }
  }

  @Test
  void turningItOffSendsWhatWaits() {
    try (Transcript t = nagling()) {
      t.write(10).out("P. 1:11").write(10).nothing();
      t.connection().noDelay(true);
      t.run().out("P. 11:21");
    }
  }

  @Test
  void finDoesNotWait() {
    try (Transcript t = nagling()) {
      t.write(10).out("P. 1:11").write(10).nothing();
      t.connection().shutdownOutput();
      t.run().out("FP. 11:21");
    }
  }

  @Test
  void corkHoldsPartialSegmentsOnly() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().cork(true);
      t.write(3000).out(". 1:1461").out(". 1461:2921").nothing();
      t.connection().options().cork(false);
      t.run().out("P. 2921:3001");
    }
  }

  @Test
  void corkLastsForTwoHundredMilliseconds() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().cork(true);
      t.write(100).silence(199).after(2).out("P. 1:101");
    }
  }

  @Test
  void noDelayPushesWhatACorkHolds() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().cork(true);
      t.write(40).nothing();
      t.connection().options().noDelay(true);
      t.run().out("P. 1:41");
      t.write(40).nothing();
    }
  }

  private static Transcript writeWithMore(Transcript t, int length) {
    t.writeMore(length);
    t.connection().flushMore();
    return t.run();
  }

  @Test
  void moreHoldsUntilAWriteWithoutIt() {
    try (Transcript t = new Transcript().established()) {
      writeWithMore(t, 100).nothing();
      writeWithMore(t, 160).silence(20);
      t.write(5).out("P. 1:266");
    }
  }

  @Test
  void moreLetsFullSegmentsGoAndAnAckTheRest() {
    try (Transcript t = new Transcript().established()) {
      writeWithMore(t, 3000).out(". 1:1461").out(". 1461:2921").nothing();
      t.in(". 1 ack 2921").out(". 2921:3001");
    }
  }

  @Test
  void moreLastsForTwoHundredMilliseconds() {
    try (Transcript t = new Transcript().established()) {
      writeWithMore(t, 40).silence(199).after(2).out("P. 1:41");
    }
  }
}
