package dev.twinpath.nic.wire;

/** One queue's places on the lines: data out, MAC control out, and data in. */
final class LinkPorts {
  private static final int CONTROL = 16;
  private static final int MIN_ENTRIES = 1024;
  private static final int MAX_ENTRIES = 1 << 16;

  /** What may be under way on a line without a rate. */
  private static final long UNLIMITED = 64 << 20;

  final LinePort out;
  final LinePort control = new LinePort(CONTROL);
  final LinePort in;

  LinkPorts(LinkModel model) {
    long frames = heldLimit(model) / LineSize.MIN_FRAME;
    int entries =
        (int) Long.highestOneBit(Math.max(MIN_ENTRIES, Math.min(MAX_ENTRIES, 2 * frames)));
    out = new LinePort(entries);
    in = new LinePort(model.inbound() ? entries : 1);
  }

  /** Bytes that may wait or be under way: what the FIFO and the line hold, and a whole frame. */
  static long heldLimit(LinkModel model) {
    if (model.bitsPerSecond() == 0) {
      return UNLIMITED;
    }
    double onLine = model.bitsPerSecond() / 8e9 * (model.delayNanos() + model.pcieNanos());
    return model.transmitFifoBytes() + (long) onLine + 2L * FrameStore.MAX_FRAME;
  }
}
