package dev.twinpath.userstack.tcp;

/**
 * How many bytes an application may copy into a connection's send queue, as Linux decides it: a
 * buffer that grows with the congestion window, filled by pieces of a large packet each. File
 * ranges take no memory and do not count; what they have unsent does, for the low-water mark.
 */
final class SendSpace {
  /** What Linux's buffers cost beside the payload: headers and bookkeeping of a segment. */
  private static final int HEADERS = 640;

  private static final int BOOKKEEPING = 256;
  private static final int PIECE_OVERHEAD = 1280;
  private static final int INITIAL_SEGMENTS = 10;
  private static final int REORDERING = 3;

  private final TcpStack stack;
  private final int blockSize;
  private final int least;
  private final int greatest;

  SendSpace(TcpStack stack) {
    this.stack = stack;
    blockSize = stack.slab.blockSize();
    least = stack.config.wmemMin();
    greatest = stack.config.wmemMax();
  }

  /** Bytes of slab blocks that a connection holds. */
  int memory(Connection c) {
    return c.sendQueue.blocks() * blockSize;
  }

  private static long unsent(Connection c) {
    return Math.max(0, c.sendQueue.end() - Math.max(c.sndNxt, c.iss + 1));
  }

  /** How many bytes would be taken now. */
  int room(Connection c) {
    long pool = (long) stack.slab.available() * blockSize;
    int memory = memory(c);
    if (stack.memory.underPressure()) {
      return (int) Math.max(0, Math.min(pool, least - memory));
    }
    long unsent = unsent(c);
    int piece = piece(c);
    int partial = (int) (unsent % piece);
    long room = partial == 0 ? 0 : piece - partial;
    long spare = c.sendSpace - memory - room;
    long low = lowWater(c) - unsent - room;
    if (spare > 0 && low > 0) {
      long pieces = (spare + piece + PIECE_OVERHEAD - 1) / (piece + PIECE_OVERHEAD);
      room += Math.min(pieces, (low + piece - 1) / piece) * piece;
    }
    return memory >= c.sendSpace ? 0 : (int) Math.min(Math.min(pool, room), Integer.MAX_VALUE);
  }

  /** Payload of the packets that the queue is cut into, as Linux's size goal. */
  private int piece(Connection c) {
    int mss = Math.max(c.mss, 1);
    long most = Math.min(stack.maxTso, c.maxSndWnd < 536 ? stack.maxTso : c.maxSndWnd / 2);
    return (int) Math.max(mss, most - most % mss);
  }

  private static long lowWater(Connection c) {
    return c.options.notSentLowWater & 0xffffffffL;
  }

  /** See {@link dev.twinpath.userstack.stack.TcpConnection#isWritable}. */
  boolean isWritable(Connection c) {
    int memory = memory(c);
    return c.sendSpace - memory >= memory / 2
        && 2 * unsent(c) < lowWater(c)
        && stack.slab.available() > 0
        && (memory < least || !stack.memory.underPressure());
  }

  /** Something was acknowledged: the buffer may grow, and the application may go on. */
  void onAcknowledged(Connection c) {
    if (c.noSpace) {
      if (c.options.sendBuffer == 0 && c.pipe() < c.cwnd && !stack.memory.underPressure()) {
        expand(c);
      }
      if (isWritable(c)) {
        c.noSpace = false;
        LimitTimes.stop(c, LimitTimes.BUFFER);
      } else if (c.sendQueue.owned() == 0) {
        return;
      }
    }
    stack.touchWritable(c);
  }

  /** Lets the buffer hold twice the congestion window (Linux's tcp_sndbuf_expand). */
  void expand(Connection c) {
    if (c.options.sendBuffer != 0) {
      return;
    }
    int needed = c.mss + HEADERS;
    int segment = Integer.highestOneBit(needed - 1) * 2 + BOOKKEEPING;
    long segments = Math.max(INITIAL_SEGMENTS, c.cwnd / Math.max(1, c.mss));
    segments = Math.max(segments, (c.reorderingSeen ? 3 * c.reorderSteps : REORDERING) + 1);
    long wanted = 2 * segments * segment;
    if (c.sendSpace < wanted) {
      c.sendSpace = (int) Math.min(wanted, greatest);
    }
  }
}
