package dev.twinpath.nic.device;

/**
 * Whose packets go out next, when one device serves several queues: deficit round robin (Shreedhar,
 * Varghese: Efficient fair queueing using deficit round robin, SIGCOMM 1995), in its form that lets
 * a queue overdraw by a part of a packet and pay in the next round (surplus round robin: Adiseshu,
 * Parulkar, Varghese, SIGCOMM 1996). In each round a queue with work may send its weight times
 * {@link #QUANTUM} bytes, so that the shares are those of the weights whatever the packets' sizes.
 *
 * <p>A queue that cannot go on, because the wire has no room for it, it is paced, or its host takes
 * no completions, is passed over and keeps what is left to it, which is never more than one round's
 * share; nobody waits for it. Where the queues share a line, the one that found it full goes on
 * first when there is room again. A refused packet costs too, or a queue full of nonsense would
 * keep the device to itself.
 */
final class TransmitScheduler {
  /** A round's bytes at weight 1: the longest packet, so that each round lets each queue send. */
  static final int QUANTUM = 65_536;

  /** Packets of a queue at one visit. */
  static final int SLICE = 64;

  private final QueuePair[] pairs;
  private final int[] weights;
  private final long[] deficits;

  /** The queue that is visited first. */
  private int first;

  private boolean newRound;

  TransmitScheduler(QueuePair[] pairs, int[] weights) {
    this.pairs = pairs;
    this.weights = weights;
    this.deficits = new long[pairs.length];
  }

  /**
   * Visits every queue once; again, when that only began a new round.
   *
   * @return packets that were done, refused ones included
   */
  int doWork(long nowNanos, DeviceTime time) {
    newRound = false;
    int done = visitAll(nowNanos, time);
    return done == 0 && newRound ? visitAll(nowNanos, time) : done;
  }

  private int visitAll(long nowNanos, DeviceTime time) {
    int total = 0;
    int begin = first;
    int stopped = -1;
    boolean roundGoesOn = false;
    boolean somebodyWaits = false;
    for (int i = 0; i < pairs.length; i++) {
      int index = begin + i < pairs.length ? begin + i : begin + i - pairs.length;
      QueuePair pair = pairs[index];
      if (!pair.hasDeviceTransmit(nowNanos)) {
        // An empty queue saves nothing up, but its debts stay.
        deficits[index] = Math.min(deficits[index], 0);
        continue;
      }
      if (deficits[index] > 0) {
        int done = visit(index, pair, nowNanos, time);
        total += done;
        if (done > 0) {
          stopped = -1;
        }
        if (deficits[index] > 0 && pair.hasDeviceTransmit(nowNanos)) {
          boolean goesOn = done >= SLICE || sliceSpent;
          roundGoesOn |= goesOn;
          stopped = goesOn || stopped >= 0 ? stopped : index;
        }
      }
      somebodyWaits |= deficits[index] <= 0;
    }
    if (stopped >= 0) {
      first = stopped;
    }
    if (somebodyWaits && !roundGoesOn) {
      beginRound(nowNanos);
    }
    return total;
  }

  private boolean sliceSpent;

  private int visit(int index, QueuePair pair, long nowNanos, DeviceTime time) {
    final long work = pair.transmitWork();
    long slice = Math.min(deficits[index], QUANTUM);
    int done = pair.serveTransmit(nowNanos, SLICE, slice, time);
    long cost = pair.transmitWork() - work;
    deficits[index] -= cost;
    sliceSpent = cost >= slice;
    return done;
  }

  /** Those who used their share get the next one; who was stopped still has the old one. */
  private void beginRound(long nowNanos) {
    newRound = true;
    for (int i = 0; i < pairs.length; i++) {
      if (deficits[i] <= 0 && pairs[i].hasDeviceTransmit(nowNanos)) {
        deficits[i] += (long) weights[i] * QUANTUM;
      }
    }
  }
}
