package dev.twinpath.nic.wire;

import java.io.UncheckedIOException;

/**
 * Writes every frame that crosses a wire to a pcapng file, as tcpdump on a real interface would see
 * it: uncut frames uncut, partial checksums partial. Nothing changes for either side.
 *
 * <p>For looking, not for speed: writing happens on the queue's thread. When the file cannot be
 * written any more, the capture ends and the traffic goes on.
 */
public final class CaptureWire implements Wire {
  private final Wire inner;
  private final PcapngWriter writer;
  private final NanoClock epochClock;
  private final CaptureQueue[] queues;
  private volatile boolean failed;

  /** Captures from now on; owns the wire and the writer. */
  public CaptureWire(Wire inner, PcapngWriter writer) {
    this(inner, writer, epochClock());
  }

  /** The same with another clock, which counts from 1970. */
  public CaptureWire(Wire inner, PcapngWriter writer, NanoClock epochClock) {
    this.inner = inner;
    this.writer = writer;
    this.epochClock = epochClock;
    this.queues = new CaptureQueue[inner.queues()];
    for (int i = 0; i < queues.length; i++) {
      queues[i] = new CaptureQueue(inner.queue(i));
    }
  }

  private static NanoClock epochClock() {
    long offset = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
    return () -> offset + System.nanoTime();
  }

  private void capture(Frame frame, boolean outbound) {
    if (failed) {
      return;
    }
    try {
      writer.write(frame, epochClock.nanoTime(), outbound);
    } catch (UncheckedIOException e) {
      failed = true;
    }
  }

  /** Whether the file could not be written. */
  public boolean failed() {
    return failed;
  }

  @Override
  public WireCapabilities capabilities() {
    return inner.capabilities();
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public long macAddress() {
    return inner.macAddress();
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
  }

  @Override
  public void close() {
    inner.close();
    writer.close();
  }

  private final class CaptureQueue extends ForwardingWireQueue {
    private final Frame received = new Frame();

    CaptureQueue(WireQueue queue) {
      super(queue);
    }

    @Override
    public int transmit(Frame frame) {
      int status = inner.transmit(frame);
      if (status == 0) {
        capture(frame, true);
      }
      return status;
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      int length = inner.receive(address, capacity, context);
      if (length > 0) {
        received.clear();
        received.add(address, length);
        capture(received, false);
      }
      return length;
    }
  }
}
