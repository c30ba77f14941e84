package dev.twinpath.userstack.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A retransmission timer fired (RFC 6298 section 5). */
@Name("dev.twinpath.RetransmissionTimeout")
@Label("Retransmission Timeout")
@Description("The retransmission timer of a TCP connection fired")
@Category({"Twinpath", "TCP"})
@StackTrace(false)
public final class RetransmissionTimeoutEvent extends Event {
  @Label("Local")
  String local;

  @Label("Remote")
  String remote;

  @Label("Timeouts in a Row")
  int inARow;

  @Label("Retransmission Timeout")
  @Timespan
  long timeout;

  @Label("Outstanding")
  @DataAmount
  long outstanding;
}
