package dev.twinpath.nic.wire;

import java.lang.foreign.Arena;

/**
 * A wire as long and as fast as a real line, with the buffers and the bus of a real NIC at its end;
 * {@link LinkModel} says which.
 *
 * <p>Out: a frame crosses the bus, waits in the transmit FIFO, occupies the line that all queues
 * share, and is handed to the inner wire when its last bit has come to the far end. A full FIFO
 * holds the sender back; on the way out nothing is lost but what breaks the MTU. In: a frame that
 * came off the line crosses the bus into a posted buffer. While the host posts none, frames wait in
 * the receive FIFO; those that find it full are lost. With pause frames the peer stops before.
 *
 * <p>Uncut frames are carried with their offload context. One occupies the line for as long as the
 * frames that it stands for, each with its headers, arrives as a whole with the last of them, and
 * is not interrupted by a pause. Who wants to see single frames puts an {@link ImpairedWire} with
 * no impairment around, which has frames cut.
 *
 * <p>The peer is a wire's other end with a {@code LinkWire} of its own, each modelling the
 * direction that it sends ({@code inbound} off), or one that has none, such as a kernel behind a
 * TAP: then both directions and the peer's transmitter are modelled here, and pause frames act on
 * that.
 *
 * <p>Threads: each queue belongs to one, as always; the line between them is shared without a lock.
 * In one thread everything is deterministic. Frames move whenever a queue is used; {@link
 * WireQueue#nextDeadlineNanos()}, of the given clock, says when it must be.
 */
public final class LinkWire implements Wire {
  private final Wire inner;
  private final LinkModel model;
  private final Arena arena = Arena.ofShared();
  private final LinkQueue[] queues;
  private boolean closed;

  /** Puts a line before a wire, which it owns from then on, by the system's clock. */
  public LinkWire(Wire inner, LinkModel model) {
    this(inner, model, NanoClock.SYSTEM);
  }

  /** The same by another clock. */
  public LinkWire(Wire inner, LinkModel model, NanoClock clock) {
    this.inner = inner;
    this.model = model;
    int count = inner.queues();
    LinkPorts[] ports = new LinkPorts[count];
    LinePort[] data = new LinePort[count];
    LinePort[] control = new LinePort[count];
    LinePort[] inbound = new LinePort[count];
    for (int i = 0; i < count; i++) {
      ports[i] = new LinkPorts(model);
      data[i] = ports[i].out;
      control[i] = ports[i].control;
      inbound[i] = ports[i].in;
    }
    long now = clock.nanoTime();
    Line out = new Line(model, data, control, now);
    Line in = new Line(model, inbound, new LinePort[0], now);
    PauseControl pause = new PauseControl(model);
    this.queues = new LinkQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new LinkQueue(inner.queue(i), model, clock, ports[i], out, in, pause, arena);
    }
  }

  public LinkModel model() {
    return model;
  }

  /** As the inner wire. */
  @Override
  public WireCapabilities capabilities() {
    return inner.capabilities();
  }

  @Override
  public int mtu() {
    return Math.min(inner.mtu(), model.mtu());
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

  /** What a queue saw. */
  public LinkCounters counters(int queue) {
    return queues[queue].counters();
  }

  /** Frames under way are lost. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      inner.close();
      arena.close();
    }
  }
}
