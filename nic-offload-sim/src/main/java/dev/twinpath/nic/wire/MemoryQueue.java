package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One queue of one end of a memory wire: a ring out, a ring in, and a descriptor to wake each. */
final class MemoryQueue implements WireQueue {
  private static final int WAKE_LENGTH = 8;

  /** What is shown to the other end at once: many small frames, or one that is uncut. */
  private static final int BATCH_BYTES = 4096;

  private final MemoryRing out;
  private final MemoryRing in;
  private final int ownWake;
  private final int peerWake;
  private final PeerLiveness peer;
  private final long one;
  private final long drained;

  /** The record that found no room; 0 when none waits. */
  private int blockedRecord;

  /** Whether the rings lie in a file, which the peer may truncate. */
  private final boolean inFile;

  private boolean armed;

  /** Whether frames that are sent may wait for others, and be shown together. */
  private boolean batching;

  /**
   * @param ownWake readable when we are to wake up; an eventfd or a FIFO
   * @param peerWake written to wake the peer
   */
  MemoryQueue(
      Arena arena,
      MemoryRing out,
      MemoryRing in,
      int ownWake,
      int peerWake,
      PeerLiveness peer,
      boolean inFile) {
    this.out = out;
    this.in = in;
    this.ownWake = ownWake;
    this.peerWake = peerWake;
    this.peer = peer;
    this.inFile = inFile;
    MemorySegment words = arena.allocate(3L * WAKE_LENGTH, 64);
    words.set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 1);
    this.one = words.address();
    this.drained = words.address() + WAKE_LENGTH;
    out.attachProducer();
    in.attachConsumer();
  }

  @Override
  public int transmit(Frame frame) {
    if (frame.totalLength() > MemoryWire.CAPABILITIES.maxFrameBytes()) {
      return -Errno.EMSGSIZE;
    }
    try {
      int status = out.produce(frame);
      if (status == -Errno.EAGAIN) {
        return withoutRoom(frame);
      }
      blockedRecord = 0;
      if (!batching || out.unpublished() >= BATCH_BYTES) {
        publish();
      }
      return status;
    } catch (InternalError truncated) {
      // A page of the frame, or of a ring that lies in a file, is no longer there.
      return -Errno.EFAULT;
    }
  }

  private void publish() {
    if (out.unpublished() > 0 && out.publish()) {
      wakePeer();
    }
  }

  @Override
  public void beginBatch() {
    batching = true;
  }

  @Override
  public void endBatch() {
    batching = false;
    try {
      publish();
    } catch (InternalError truncated) {
      // Nobody will see the frames: an unplugged cable.
      return;
    }
  }

  private int withoutRoom(Frame frame) {
    publish();
    if (peer.isGone()) {
      // An unplugged cable: what is sent is lost, and a new peer finds an empty ring.
      out.discard();
      blockedRecord = 0;
      return -Errno.ENETDOWN;
    }
    blockedRecord = MemoryRing.recordLength(frame.totalLength());
    return -Errno.EAGAIN;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    try {
      int length = in.consume(address, capacity, context);
      if (inFile) {
        Memory.faultBarrier();
      }
      if ((length == 0 || in.shouldRelease()) && in.release()) {
        wakePeer();
      }
      return length;
    } catch (InternalError truncated) {
      return -Errno.EIO;
    }
  }

  private void wakePeer() {
    // EAGAIN means that so many wake-ups wait that one more would tell nothing.
    Linux.write(peerWake, one, WAKE_LENGTH);
  }

  @Override
  public boolean signalsRoom() {
    return true;
  }

  @Override
  public int pollableFd() {
    return ownWake;
  }

  @Override
  public boolean armInterrupt() {
    try {
      armed = true;
      if (in.release()) {
        wakePeer();
      }
      in.consumerSleeps(true);
      if (blockedRecord != 0) {
        out.producerWaits(true);
      }
      // Look again after having said so (the wake-up that is lost otherwise: netty #15937).
      boolean empty = in.isEmpty();
      if (inFile) {
        Memory.faultBarrier();
      }
      if (empty && (blockedRecord == 0 || !out.hasRoom(blockedRecord))) {
        return true;
      }
      disarmInterrupt();
      return false;
    } catch (InternalError truncated) {
      return true;
    }
  }

  @Override
  public void disarmInterrupt() {
    if (!armed) {
      return;
    }
    armed = false;
    try {
      in.consumerSleeps(false);
      out.producerWaits(false);
    } catch (InternalError truncated) {
      // The ring's file is gone: nobody will wake us through it either.
      return;
    }
    // An eventfd is emptied by one read, a FIFO by as many as there were wake-ups.
    while (Linux.read(ownWake, drained, WAKE_LENGTH) == WAKE_LENGTH) {
      continue;
    }
  }
}
