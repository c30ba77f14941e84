package dev.twinpath.userstack.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection found a loss and reduces its congestion window. */
@Name("dev.twinpath.LossRecovery")
@Label("Loss Recovery")
@Description("A TCP connection found a loss and reduces its congestion window")
@Category({"Twinpath", "TCP"})
@StackTrace(false)
public final class LossRecoveryEvent extends Event {
  @Label("Local")
  String local;

  @Label("Remote")
  String remote;

  @Label("Congestion Window Before")
  @DataAmount
  long windowBefore;

  @Label("Slow Start Threshold")
  @DataAmount
  long threshold;

  @Label("Marked Lost")
  @DataAmount
  long lost;
}
