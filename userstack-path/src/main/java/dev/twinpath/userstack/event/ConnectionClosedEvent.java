package dev.twinpath.userstack.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A TCP connection of the user stack is over. */
@Name("dev.twinpath.ConnectionClosed")
@Label("Connection Closed")
@Description("A TCP connection of the user-level stack is over")
@Category({"Twinpath", "TCP"})
@StackTrace(false)
public final class ConnectionClosedEvent extends Event {
  @Label("Local")
  String local;

  @Label("Remote")
  String remote;

  @Label("State Before")
  String state;

  @Label("Cause")
  String cause;

  @Label("Bytes Acknowledged")
  @DataAmount
  long bytesAcked;

  @Label("Bytes Received")
  @DataAmount
  long bytesReceived;

  @Label("Retransmitted Segments")
  long retransmittedSegments;

  @Label("Timeouts")
  long timeouts;

  @Label("Smoothed Round Trip")
  @Timespan
  long smoothedRtt;

  @Label("Congestion Window")
  @DataAmount
  long congestionWindow;
}
