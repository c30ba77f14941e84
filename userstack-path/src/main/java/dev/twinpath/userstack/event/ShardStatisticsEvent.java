package dev.twinpath.userstack.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/** What a shard has counted since it began. */
@Name("dev.twinpath.ShardStatistics")
@Label("Shard Statistics")
@Description("Totals of one shard of the user-level stack since it began")
@Category({"Twinpath", "Stack"})
@Period("1 s")
@StackTrace(false)
public final class ShardStatisticsEvent extends Event {
  @Label("Shard")
  int shard;

  @Label("Segments In")
  long segmentsIn;

  @Label("Segments Out")
  long segmentsOut;

  @Label("Segments Retransmitted")
  long segmentsRetransmitted;

  @Label("Timeouts")
  long timeouts;

  @Label("Resets Out")
  long resetsOut;

  @Label("Listen Drops")
  long listenDrops;

  @Label("Busy Polls")
  long busyPolls;

  @Label("Idle Polls")
  long idlePolls;
}
