package dev.twinpath.nic.wire;

/**
 * A queue that stands before another one and leaves to it what it does not do itself: the base of
 * decorators, so that none forgets a part of {@link WireQueue}.
 */
public abstract class ForwardingWireQueue implements WireQueue {
  /** The queue behind. */
  protected final WireQueue inner;

  /** Stands before a queue. */
  protected ForwardingWireQueue(WireQueue inner) {
    this.inner = inner;
  }

  @Override
  public int transmit(Frame frame) {
    return inner.transmit(frame);
  }

  @Override
  public void beginBatch() {
    inner.beginBatch();
  }

  @Override
  public void endBatch() {
    inner.endBatch();
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    return inner.receive(address, capacity, context);
  }

  @Override
  public void service() {
    inner.service();
  }

  @Override
  public boolean receiveIsSystemCall() {
    return inner.receiveIsSystemCall();
  }

  @Override
  public long receiveOverruns() {
    return inner.receiveOverruns();
  }

  @Override
  public int pollableFd() {
    return inner.pollableFd();
  }

  @Override
  public boolean signalsRoom() {
    return inner.signalsRoom();
  }

  @Override
  public boolean armInterrupt() {
    return inner.armInterrupt();
  }

  @Override
  public void disarmInterrupt() {
    inner.disarmInterrupt();
  }

  @Override
  public long nextDeadlineNanos() {
    return inner.nextDeadlineNanos();
  }
}
