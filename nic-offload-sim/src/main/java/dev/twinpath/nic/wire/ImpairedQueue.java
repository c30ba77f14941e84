package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.offload.UdpSegmentation;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import java.lang.foreign.Arena;

/** One queue of an impaired wire: a delay line each way. */
final class ImpairedQueue extends ForwardingWireQueue {
  /** The longest frame that may come in uncut, and some. */
  private static final int BUFFER = 68 * 1024;

  /** Frames taken from the inner wire at a time. */
  private static final int BATCH = 64;

  private final NanoClock clock;
  private final DelayLine out;
  private final DelayLine in;
  private final ImpairmentCounters counters = new ImpairmentCounters();
  private final Segmentation segments;
  private final Segmentation datagrams;
  private final ParsedPacket packet = new ParsedPacket();
  private final long buffer;
  private final Frame frame = new Frame();
  private final Frame context = new Frame();

  /** Whether the inner wire had no room the last time. */
  private boolean innerBlocked;

  ImpairedQueue(WireQueue inner, int index, Impairment impairment, NanoClock clock, Arena arena) {
    super(inner);
    this.clock = clock;
    this.out = new DelayLine(impairment, 2L * index, arena, counters);
    this.in = new DelayLine(impairment, 2L * index + 1, arena, counters);
    this.segments = new TcpSegmentation(arena);
    this.datagrams = new UdpSegmentation(arena);
    this.buffer = arena.allocate(BUFFER, 64).address();
  }

  ImpairmentCounters counters() {
    return counters;
  }

  @Override
  public int transmit(Frame frame) {
    if (frame.gsoType() != Frame.GSO_NONE) {
      counters.refused++;
      return -Errno.EINVAL;
    }
    long now = clock.nanoTime();
    release(now);
    if (out.isDue(now)) {
      // The inner wire has no room: that holds the sender back, and is no loss.
      return -Errno.EAGAIN;
    }
    out.put(frame, now);
    release(now);
    return 0;
  }

  /** Hands frames whose time has come to the inner wire; one without room waits on. */
  private void release(long now) {
    innerBlocked = false;
    while (out.isDue(now)) {
      out.peek(frame);
      if (inner.transmit(frame) == -Errno.EAGAIN) {
        innerBlocked = true;
        return;
      }
      out.remove();
    }
  }

  @Override
  public int receive(long address, int capacity, Frame meta) {
    long now = clock.nanoTime();
    release(now);
    if (!in.isDue(now)) {
      takeIn(now);
      if (!in.isDue(now)) {
        return 0;
      }
    }
    in.peek(meta);
    int length = meta.totalLength();
    if (length <= capacity) {
      Memory.copy(meta.address(0), address, length);
    }
    in.remove();
    return length <= capacity ? length : -Errno.EMSGSIZE;
  }

  private void takeIn(long now) {
    for (int i = 0; i < BATCH; i++) {
      int length = inner.receive(buffer, BUFFER, context);
      if (length == 0) {
        return;
      }
      if (length < 0) {
        counters.refused++;
        return;
      }
      if (context.needsChecksum()
          && context.checksumStart() + context.checksumOffset() + 2 > length) {
        counters.refused++;
        continue;
      }
      if (context.gsoType() == Frame.GSO_NONE) {
        frame.clear();
        frame.add(buffer, length);
        frame.copyOffloads(context);
        in.put(frame, now);
      } else {
        cut(length, now);
      }
    }
  }

  /** An uncut frame becomes what it would have been on a line. */
  private void cut(int length, long now) {
    frame.clear();
    frame.copyOffloads(context);
    frame.add(buffer, length);
    packet.parse(buffer, length);
    if (!context.needsChecksum() || !Segmentation.isValid(frame, packet)) {
      counters.refused++;
      return;
    }
    Segmentation segmentation = context.gsoType() == Frame.GSO_UDP ? datagrams : segments;
    segmentation.begin(frame, packet, true);
    while (segmentation.hasNext()) {
      in.put(segmentation.next(), now);
    }
  }

  @Override
  public void service() {
    inner.service();
    release(clock.nanoTime());
  }

  @Override
  public boolean armInterrupt() {
    long now = clock.nanoTime();
    release(now);
    return !in.isDue(now) && inner.armInterrupt();
  }

  /** A look goes into our own memory first, and takes what the inner wire has in batches. */
  @Override
  public boolean receiveIsSystemCall() {
    return false;
  }

  @Override
  public long nextDeadlineNanos() {
    // A frame that the inner wire has no room for moves when that one says so, if it does.
    long outDue = innerBlocked && inner.signalsRoom() ? Long.MAX_VALUE : out.nextDue();
    return Times.earlier(Times.earlier(in.nextDue(), outDue), inner.nextDeadlineNanos());
  }
}
