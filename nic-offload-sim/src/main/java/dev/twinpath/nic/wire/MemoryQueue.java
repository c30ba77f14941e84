package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One queue of one end of a memory wire: a ring out, a ring in, and a descriptor to wake each. */
final class MemoryQueue implements WireQueue {
  private static final int WAKE_LENGTH = 8;

  private final MemoryRing out;
  private final MemoryRing in;
  private final int ownWake;
  private final int peerWake;
  private final PeerLiveness peer;
  private final long one;
  private final long drained;

  /** The record that found no room; 0 when none waits. */
  private int blockedRecord;

  private boolean armed;

  /**
   * @param ownWake readable when we are to wake up; an eventfd or a FIFO
   * @param peerWake written to wake the peer
   */
  MemoryQueue(
      Arena arena, MemoryRing out, MemoryRing in, int ownWake, int peerWake, PeerLiveness peer) {
    this.out = out;
    this.in = in;
    this.ownWake = ownWake;
    this.peerWake = peerWake;
    this.peer = peer;
    MemorySegment words = arena.allocate(3L * WAKE_LENGTH, 64);
    words.set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 1);
    this.one = words.address();
    this.drained = words.address() + WAKE_LENGTH;
    out.attachProducer();
    in.attachConsumer();
  }

  @Override
  public int transmit(Frame frame) {
    int status;
    try {
      status = out.produce(frame);
    } catch (InternalError truncated) {
      return -Errno.EFAULT;
    }
    if (status == -Errno.EAGAIN) {
      if (peer.isGone()) {
        // An unplugged cable: what is sent is lost, and a new peer finds an empty ring.
        out.discard();
        blockedRecord = 0;
        return -Errno.ENETDOWN;
      }
      blockedRecord = MemoryRing.recordLength(frame.totalLength());
      return status;
    }
    blockedRecord = 0;
    if (status == 0 && out.publish()) {
      wakePeer();
    }
    return status;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    int length = in.consume(address, capacity, context);
    if (length != 0 && in.takeWaitingProducer(MemoryRing.recordLength(Math.max(length, 0)))) {
      wakePeer();
    }
    return length;
  }

  private void wakePeer() {
    // EAGAIN means that so many wake-ups wait that one more would tell nothing.
    Linux.write(peerWake, one, WAKE_LENGTH);
  }

  @Override
  public int pollableFd() {
    return ownWake;
  }

  @Override
  public boolean armInterrupt() {
    armed = true;
    in.consumerSleeps(true);
    if (blockedRecord != 0) {
      out.producerWaits(true);
    }
    // Look again after having said so (the wake-up that is lost otherwise: netty #15937).
    if (in.isEmpty() && (blockedRecord == 0 || !out.hasRoom(blockedRecord))) {
      return true;
    }
    disarmInterrupt();
    return false;
  }

  @Override
  public void disarmInterrupt() {
    if (!armed) {
      return;
    }
    armed = false;
    in.consumerSleeps(false);
    out.producerWaits(false);
    // An eventfd is emptied by one read, a FIFO by as many as there were wake-ups.
    while (Linux.read(ownWake, drained, WAKE_LENGTH) == WAKE_LENGTH) {
      continue;
    }
  }
}
