package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * The memory that a shard's connections hold together, and who has to do without when it is short
 * (Linux's tcp_mem). What is counted are blocks of the send slab and of the receive pool, so that a
 * peer's one-byte segments cost what they really cost.
 *
 * <p>Under pressure windows and send buffers do not grow. Data beyond a hole is given up first, for
 * its sender still has it: of the connection that wants more, then of those that hold more than it
 * does. What is in order and acknowledged is never taken. The last eighth of the receive pool is
 * for in-order data only, so that connections always get on.
 */
final class MemoryBound {
  /** Connections that one search for memory looks at. */
  private static final int SEARCH = 64;

  private final TcpStack stack;
  private final long low;
  private final long pressureAt;
  private final long high;
  private final int receiveReserve;
  private final int sendReserve;
  private boolean pressure;
  private int hand;

  MemoryBound(TcpStack stack) {
    this.stack = stack;
    low = stack.config.memLow();
    pressureAt = stack.config.memPressure();
    high = stack.config.memHigh();
    receiveReserve = (stack.receivePool.available() + stack.receivePool.taken()) / 8;
    sendReserve = (stack.slab.available() + stack.slab.taken()) / 4;
  }

  /** Bytes that the shard's connections hold. */
  long used() {
    return (long) stack.receivePool.taken() * stack.receivePool.blockSize()
        + (long) stack.slab.taken() * stack.slab.blockSize();
  }

  /** Whether memory is short; notes when that begins. */
  boolean underPressure() {
    long used = used();
    boolean scarce =
        stack.receivePool.available() < 2 * receiveReserve || stack.slab.available() < sendReserve;
    if (!pressure && (used > pressureAt || scarce)) {
      pressure = true;
      stack.counters.increment(StackCounter.MEMORY_PRESSURES);
    } else if (pressure && used < low && !scarce) {
      pressure = false;
    }
    return pressure;
  }

  /** Whether nothing may be taken beyond what connections are sure of. */
  boolean exhausted() {
    return used() >= high;
  }

  /** Whether out-of-order data may take so many blocks. */
  boolean admits(Connection c, int blocks) {
    if (blocks == 0) {
      return true;
    }
    if (underPressure()) {
      ReceiveWindow.underPressure(c);
    }
    return enough(blocks) || reclaim(c) && enough(blocks);
  }

  private boolean enough(int blocks) {
    return stack.receivePool.available() - blocks >= receiveReserve
        && used() + (long) blocks * stack.receivePool.blockSize() <= high;
  }

  /**
   * Takes out-of-order data from the one of some connections that holds most, and more than this.
   */
  boolean reclaim(Connection c) {
    int slots = stack.connections.slots();
    Connection richest = null;
    int most = held(c);
    for (int i = 0; i < Math.min(SEARCH, slots); i++) {
      hand = hand + 1 < slots ? hand + 1 : 0;
      Connection other = stack.connections.get(hand);
      if (other != null && held(other) > most) {
        richest = other;
        most = held(other);
      }
    }
    return richest != null && prune(richest, richest.rcvNxt) > 0;
  }

  private static int held(Connection c) {
    return c.receiveBuffer == null || c.receiveBuffer.outOfOrder.isEmpty()
        ? 0
        : c.receiveBuffer.memory();
  }

  /**
   * Gives up out-of-order data of a connection, the farthest first, an eighth of its buffer at
   * least (Linux's tcp_prune_ofo_queue).
   *
   * @param keep nothing before this number is given up
   * @return bytes of memory that came free
   */
  int prune(Connection c, long keep) {
    ReceiveBuffer buffer = c.receiveBuffer;
    if (buffer == null || buffer.outOfOrder.isEmpty()) {
      return 0;
    }
    int freed =
        buffer.prune(
            c.readPosition, c.rcvNxt, Math.max(keep, c.rcvNxt), Math.max(1, c.receiveSpace / 8));
    if (freed > 0) {
      stack.counters.increment(StackCounter.OUT_OF_ORDER_PRUNED);
    }
    return freed;
  }

  /**
   * A connection holds more than its buffer allows: prunes it (Linux's tcp_prune_queue).
   *
   * @return whether so many bytes more have room now
   */
  boolean pruneFor(Connection c, long sequence, int bytes) {
    stack.counters.increment(StackCounter.PRUNE_CALLED);
    c.quickAcks = 0;
    while (overcommitted(c, bytes) && prune(c, sequence) > 0) {
      // Each time an eighth of the buffer.
    }
    if (!overcommitted(c, bytes)) {
      return true;
    }
    c.rcvThreshold = Math.min(c.windowClamp, 2 * c.advertisedMss);
    stack.counters.increment(StackCounter.RECEIVE_PRUNED);
    return false;
  }

  /** Whether a connection would hold more than its buffer with so many bytes more. */
  boolean overcommitted(Connection c, int bytes) {
    int least = 4 * stack.receivePool.blockSize();
    return c.receiveBuffer.memory() + bytes > Math.max(c.receiveSpace, least);
  }
}
