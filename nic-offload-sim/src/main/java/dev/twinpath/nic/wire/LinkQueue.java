package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/** One queue of a {@link LinkWire}: its FIFOs, and its part of the lines. */
final class LinkQueue extends ForwardingWireQueue {
  /** The longest frame that may come in uncut, and some. */
  private static final int BUFFER = 68 * 1024;

  /** Frames taken from the inner wire at a time. */
  private static final int BATCH = 256;

  private final LinkModel model;
  private final NanoClock clock;
  private final LinkPorts ports;
  private final Line out;
  private final Line in;
  private final PauseControl pauseControl;
  private final LinkCounters counters = new LinkCounters();
  private final FrameStore store;
  private final ReceiveFifo fifo;
  private final LineSize size = new LineSize();
  private final Frame frame = new Frame();
  private final Frame context = new Frame();
  private final long buffer;
  private final long heldLimit;

  /** The host's MAC address, from its frames, for pause frames; 0 before the first. */
  private long macAddress;

  private boolean innerBlocked;
  private boolean refused;
  private boolean above;
  private long lastRound;

  LinkQueue(
      WireQueue inner,
      LinkModel model,
      NanoClock clock,
      LinkPorts ports,
      Line out,
      Line in,
      PauseControl pauseControl,
      Arena arena) {
    super(inner);
    this.model = model;
    this.clock = clock;
    this.ports = ports;
    this.out = out;
    this.in = in;
    this.pauseControl = pauseControl;
    this.store = new FrameStore(arena);
    this.fifo = new ReceiveFifo(model.receiveFifoBytes(), store, counters);
    this.buffer = arena.allocate(BUFFER, 64).address();
    this.heldLimit = LinkPorts.heldLimit(model);
    this.lastRound = clock.nanoTime();
  }

  LinkCounters counters() {
    return counters;
  }

  @Override
  public int transmit(Frame sent) {
    long now = clock.nanoTime();
    advance(now);
    if (sent.length(0) >= EthernetHeader.LENGTH) {
      if (EthernetHeader.type(sent.address(0)) == PauseFrame.TYPE) {
        counters.refused++;
        return -Errno.EPERM;
      }
      if (macAddress == 0) {
        macAddress = EthernetHeader.source(sent.address(0));
      }
    }
    if (!size.measure(sent)) {
      counters.refused++;
      return -Errno.EINVAL;
    }
    if (size.longestPacket() > model.mtu() || sent.totalLength() > FrameStore.MAX_FRAME) {
      counters.mtuDrops += size.frames();
      return -Errno.EMSGSIZE;
    }
    refused = !hasRoom(now);
    if (refused) {
      counters.backPressure++;
      return -Errno.EAGAIN;
    }
    long place;
    try {
      place = store.store(sent);
    } catch (InternalError truncated) {
      return -Errno.EFAULT;
    }
    ports.out.put(place, sent.totalLength(), size, now + model.pcieNanos(), out.nextNumber());
    advance(now);
    return 0;
  }

  private boolean hasRoom(long now) {
    LinkPorts p = ports;
    if (!p.out.hasRoom()
        || p.out.isDue(now)
        || p.out.bytesHeld() > 0 && p.out.bytesHeld() + size.frameBytes() > heldLimit) {
      return false;
    }
    long waiting = model.arrivalOrder() ? out.bytesWaiting() : p.out.bytesWaiting();
    return waiting == 0 || waiting + size.frameBytes() <= model.transmitFifoBytes();
  }

  /** Everything that moves by itself. */
  private void advance(long now) {
    out.step(now);
    innerBlocked = false;
    deliverControl(now);
    deliver(now);
    if (model.inbound()) {
      in.step(now);
      takeFromLine(now);
    }
  }

  /** Hands frames that reached the far end to the inner wire; one without room waits on. */
  private void deliver(long now) {
    LinkPorts p = ports;
    while (p.out.isDue(now)) {
      FrameStore.show(p.out.headPlace(), p.out.headLength(), frame);
      int status = inner.transmit(frame);
      if (status == -Errno.EAGAIN) {
        innerBlocked = true;
        return;
      }
      if (status == 0) {
        counters.sentFrames += p.out.headFrames();
        counters.sentLineBytes += p.out.headLineBytes();
      } else {
        counters.wireDrops += p.out.headFrames();
      }
      release(p.out);
    }
  }

  private void deliverControl(long now) {
    LinkPorts p = ports;
    while (p.control.isDue(now)) {
      long place = p.control.headPlace();
      if (model.inbound()) {
        // The far end's transmitter is here too, and obeys.
        long nanos = PauseFrame.nanos(FrameStore.data(place), model.bitsPerSecond());
        in.pause(p.control.headDue(), nanos);
      } else {
        FrameStore.show(place, p.control.headLength(), frame);
        if (inner.transmit(frame) == -Errno.EAGAIN) {
          innerBlocked = true;
          return;
        }
      }
      release(p.control);
    }
  }

  private void release(LinePort port) {
    store.release(port.headPlace(), port.headLength());
    port.remove();
  }

  /** Moves what came off the modelled inbound line onto the bus. */
  private void takeFromLine(long now) {
    LinkPorts p = ports;
    while (p.in.isDue(now) && fifo.hasRoom()) {
      counters.receivedFrames += p.in.headFrames();
      fifo.put(
          p.in.headPlace(),
          p.in.headLength(),
          p.in.headFrames(),
          p.in.headFrameBytes(),
          p.in.headDue() + model.pcieNanos());
      p.in.remove();
    }
  }

  /** Takes frames from the inner wire, as far as there is room. */
  private void takeIn(long now) {
    for (int i = 0; i < BATCH && canTakeIn(); i++) {
      int length = inner.receive(buffer, BUFFER, context);
      if (length == 0) {
        break;
      }
      if (length < 0) {
        counters.refused++;
        break;
      }
      if (PauseFrame.isControl(buffer, length)) {
        control(length, now);
      } else {
        takeIn(length, now);
      }
    }
    if (model.inbound()) {
      in.step(now);
      takeFromLine(now);
    }
  }

  private boolean canTakeIn() {
    if (!model.inbound()) {
      return fifo.hasRoom();
    }
    // The far end's transmit FIFO: what finds no room there stays with the inner wire.
    return ports.in.hasRoom()
        && ports.in.bytesHeld() < heldLimit
        && ports.in.bytesWaiting() <= model.transmitFifoBytes();
  }

  private void takeIn(int length, long now) {
    frame.clear();
    frame.add(buffer, length);
    frame.copyOffloads(context);
    boolean measured = size.measure(frame);
    if (!measured || size.longestPacket() > model.mtu() || length > FrameStore.MAX_FRAME) {
      if (measured) {
        counters.mtuDrops += size.frames();
      } else {
        counters.refused++;
      }
      return;
    }
    long place = store.store(frame);
    if (model.inbound()) {
      ports.in.put(place, length, size, now, in.nextNumber());
    } else {
      counters.receivedFrames += size.frames();
      fifo.put(place, length, size.frames(), size.frameBytes(), now + model.pcieNanos());
    }
  }

  private void control(int length, long now) {
    if (!PauseFrame.isPause(buffer, length)) {
      counters.refused++;
      return;
    }
    counters.pauseReceived++;
    if (model.pause()) {
      counters.pausedNanos += out.pause(now, PauseFrame.nanos(buffer, model.bitsPerSecond()));
    }
  }

  @Override
  public int receive(long address, int capacity, Frame meta) {
    long now = clock.nanoTime();
    advance(now);
    if (!fifo.hasFrame(now)) {
      takeIn(now);
      if (!fifo.hasFrame(now)) {
        return 0;
      }
    }
    FrameStore.show(fifo.headPlace(), fifo.headLength(), meta);
    int length = meta.totalLength();
    if (length <= capacity) {
      Memory.copy(meta.address(0), address, length);
      counters.deliveredFrames += fifo.headFrames();
    }
    fifo.remove();
    if (above) {
      watchWatermarks(now);
    }
    return length <= capacity ? length : -Errno.EMSGSIZE;
  }

  /** A round of the device's work: see {@link ReceiveFifo}. */
  @Override
  public void service() {
    inner.service();
    long now = clock.nanoTime();
    advance(now);
    fifo.beginRound(lastRound);
    lastRound = now;
    takeIn(now);
    if (model.pause()) {
      watchWatermarks(now);
    }
  }

  private void watchWatermarks(long now) {
    if (!ports.control.hasRoom()) {
      // Pause frames that cannot leave; nothing changes before they do.
      return;
    }
    int waiting = fifo.bytesWaiting();
    if (!above && waiting > model.pauseHighBytes()) {
      above = true;
      pauseControl.rose(now);
    } else if (above && waiting < model.pauseLowBytes()) {
      above = false;
      if (pauseControl.fell()) {
        sendPause(PauseFrame.GO_ON, now);
      }
    }
    if (above && pauseControl.takeTurn(now)) {
      sendPause(PauseFrame.STOP, now);
    }
  }

  private void sendPause(int quanta, long now) {
    PauseFrame.write(buffer, macAddress, quanta);
    frame.clear();
    frame.add(buffer, PauseFrame.LENGTH);
    size.measure(frame);
    ports.control.put(store.store(frame), PauseFrame.LENGTH, size, now, 0);
    counters.pauseSent++;
    advance(now);
  }

  @Override
  public long receiveOverruns() {
    return inner.receiveOverruns() + counters.fifoDrops();
  }

  /** Its own FIFO has room by {@link #nextDeadlineNanos}; the inner wire's, by its descriptor. */
  @Override
  public boolean signalsRoom() {
    return !innerBlocked || inner.signalsRoom();
  }

  @Override
  public boolean armInterrupt() {
    long now = clock.nanoTime();
    advance(now);
    return !fifo.hasFrame(now) && inner.armInterrupt();
  }

  /** A look goes into our own memory first, and takes what the inner wire has in batches. */
  @Override
  public boolean receiveIsSystemCall() {
    return false;
  }

  @Override
  public long nextDeadlineNanos() {
    LinkPorts p = ports;
    long next = Times.earlier(out.nextStart(p.out), out.nextControl(p.control));
    if (!innerBlocked || !inner.signalsRoom()) {
      next = Times.earlier(next, Times.earlier(p.out.nextDue(), p.control.nextDue()));
    }
    if (refused && model.arrivalOrder()) {
      // Other queues' frames took the room; when none waits any more, it is there already.
      long start = out.nextStart();
      next = Times.earlier(next, start == Long.MAX_VALUE ? lastRound : start);
    }
    if (model.inbound()) {
      next = Times.earlier(next, Times.earlier(in.nextStart(p.in), p.in.nextDue()));
    }
    if (above) {
      next = Times.earlier(next, pauseControl.againAt());
    }
    next = Times.earlier(next, fifo.nextVisible());
    return Times.earlier(next, inner.nextDeadlineNanos());
  }
}
