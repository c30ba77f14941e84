package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Recovery with SACK: what counts as lost, what is in the pipe, what goes next. */
class Rfc6675SackRecoveryTest {
  @Test
  void sackedHolesAreRetransmittedWithoutATimeout() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600);
      assertThat(t.drain()).isEqualTo(10);
      t.after(10);
      t.in(". 1 ack 1 win 8000 sack 1461-2921").nothing();
      t.in(". 1 ack 1 win 8000 sack 1461-4381").nothing();
      t.in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461").nothing();
      t.after(10).in(". 1 ack 5841 win 8000 sack 7301-14601").out(". 5841:7301").nothing();
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().retransmittedBytes()).isEqualTo(2920);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
      t.silence(5_000);
    }
  }

  @Test
  void threeSackedSegmentsInOneBlockStartIt() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      assertThat(t.info().recovery()).isEqualTo("recovery");
      assertThat(t.count(StackCounter.RECOVERIES)).isEqualTo(1);
    }
  }

  @Test
  void twoSackedSegmentsDoNot() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-4381").nothing();
      assertThat(t.info().recovery()).isEqualTo("disorder");
    }
  }

  /** DupThresh counts segments, be they as short as they may. */
  @Test
  void shortSegmentsCountOneByOne() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      for (int i = 0; i < 6; i++) {
        t.write(100);
      }
      assertThat(t.drain()).isEqualTo(6);
      t.after(20).in(". 1 ack 1 win 8000 sack 101-201").in(". 1 ack 1 win 8000 sack 101-301");
      t.nothing();
      t.in(". 1 ack 1 win 8000 sack 101-401").out(". 1:101");
    }
  }

  @Test
  void everyHoleBelowIsFilled() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20);
      t.in(". 1 ack 1 win 8000 sack 1461-2921,4381-5841,7301-14601");
      t.out(". 1:1461");
      t.after(20).in(". 1 ack 2921 win 8000 sack 4381-5841,7301-14601").out(". 2921:4381");
      t.out(". 5841:7301");
      t.after(20).in(". 1 ack 14601 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().retransmittedBytes()).isEqualTo(4380);
    }
  }

  /** Rule 1 of NextSeg before rule 2: holes go first, then new data. */
  @Test
  void holesGoBeforeNewData() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(29200);
      assertThat(t.drain()).isEqualTo(10);
      t.after(20).in(". 1 ack 1 win 8000 sack 2921-14601");
      t.out(". 1:1461").out(". 1461:2921").out(". 14601:16061");
    }
  }

  @Test
  void whatWasSentInRecoveryEndsItNot() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(29200).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-14601").out(". 1:1461");
      assertThat(t.drain()).isPositive();
      t.after(20).in(". 1 ack 14601 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
    }
  }

  /** One reduction for one flight, however many of it are lost. */
  @Test
  void aSecondHoleInTheFlightReducesNoFurther() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.after(20).in(". 1 ack 5841 win 8000 sack 7301-14601").out(". 5841:7301");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      assertThat(t.count(StackCounter.RECOVERIES)).isEqualTo(1);
    }
  }

  /** A retransmission stays inside the peer's window. */
  @Test
  void theNextFlightMayBeReducedAgain() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(60_000).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-14601").out(". 1:1461");
      t.drain();
      t.after(20).in(". 1 ack 14601 win 8000");
      t.drain();
      t.after(20).in(". 1 ack 14601 win 8000 sack 16061-20441").out(". 14601:16061");
      assertThat(t.count(StackCounter.RECOVERIES)).isEqualTo(2);
      assertThat(t.info().slowStartThreshold()).isLessThan(7300);
    }
  }
}
