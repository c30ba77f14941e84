package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Two ends of a line in virtual time, each a device that works when its wire says that it must, and
 * a host that posts buffers or does not.
 */
final class VirtualLink implements AutoCloseable {
  /** A frame that a host got: when, its length, and its first byte after the Ethernet header. */
  record Arrival(long at, int queue, int length, int mark) {}

  private static final int BUFFER = 70_000;

  long now = 7_000_000_000L;
  final LinkWire left;
  final Wire right;

  /** What each end's host got. */
  final List<Arrival> leftArrivals = new ArrayList<>();

  final List<Arrival> rightArrivals = new ArrayList<>();

  /** Buffers that each end's host has posted. */
  int leftBuffers = Integer.MAX_VALUE;

  int rightBuffers = Integer.MAX_VALUE;

  private final Arena arena = Arena.ofShared();
  private final long buffer = arena.allocate(BUFFER, 64).address();
  private final Frame context = new Frame();
  private final Frame frame = new Frame();

  /** Both ends model what they send. */
  static VirtualLink between(String leftModel, String rightModel) {
    return new VirtualLink(leftModel + ",inbound=off", rightModel + ",inbound=off", 1);
  }

  /**
   * @param rightModel null for a peer that knows of no line
   */
  VirtualLink(String leftModel, String rightModel, int queues) {
    MemoryWire.Pair pair = MemoryWire.pair(queues, 1 << 22);
    left = new LinkWire(pair.left(), LinkModel.parse(leftModel), () -> now);
    right =
        rightModel == null
            ? pair.right()
            : new LinkWire(pair.right(), LinkModel.parse(rightModel), () -> now);
  }

  LinkCounters leftCounters() {
    return left.counters(0);
  }

  LinkCounters rightCounters() {
    return ((LinkWire) right).counters(0);
  }

  /** Sends a plain frame; returns the wire's word. */
  int send(Wire wire, int queue, int length, int mark) {
    Memory.fill(buffer, length, 0);
    EthernetHeader.write(buffer, 1, 2, 0x1234);
    Memory.putByte(buffer + EthernetHeader.LENGTH, mark);
    frame.clear();
    frame.add(buffer, length);
    return wire.queue(queue).transmit(frame);
  }

  /** Sends an uncut TCP packet; returns the wire's word. */
  int sendSegmented(Wire wire, int payload, int segment) {
    int headers = Packets.tcp4(buffer, 1, 0x10, new byte[0], payload, 1);
    frame.clear();
    frame.add(buffer, headers + payload);
    frame.requestChecksum(Packets.TRANSPORT4, 16);
    frame.requestSegmentation(Frame.GSO_TCP4, segment);
    return wire.queue(0).transmit(frame);
  }

  /** Sends a pause frame past the line's model, as a peer's MAC would. */
  int sendPause(Wire wire, int quanta) {
    PauseFrame.write(buffer, 3, quanta);
    frame.clear();
    frame.add(buffer, PauseFrame.LENGTH);
    return wire.queue(0).transmit(frame);
  }

  /** One round of both devices, twice, so that what one sends at this moment the other sees. */
  void poll() {
    for (int round = 0; round < 2; round++) {
      for (int queue = 0; queue < left.queues(); queue++) {
        leftBuffers = poll(left, queue, leftArrivals, leftBuffers);
        rightBuffers = poll(right, queue, rightArrivals, rightBuffers);
      }
    }
  }

  private int poll(Wire wire, int index, List<Arrival> arrivals, int buffers) {
    WireQueue queue = wire.queue(index);
    queue.service();
    int left = buffers;
    while (left > 0) {
      int length = queue.receive(buffer, BUFFER, context);
      if (length <= 0) {
        break;
      }
      arrivals.add(new Arrival(now, index, length, Memory.getByte(buffer + EthernetHeader.LENGTH)));
      left--;
    }
    return left;
  }

  private long deadline() {
    long next = Long.MAX_VALUE;
    for (int queue = 0; queue < left.queues(); queue++) {
      next = Times.earlier(next, left.queue(queue).nextDeadlineNanos());
      next = Times.earlier(next, right.queue(queue).nextDeadlineNanos());
    }
    return next;
  }

  /** Lets time pass, from deadline to deadline. */
  void runUntil(long end) {
    run(end);
    now = end;
    poll();
  }

  /** The same until nothing is under way; at most ten seconds. */
  void settle() {
    run(now + 10_000_000_000L);
  }

  private void run(long end) {
    poll();
    int standstill = 0;
    for (long next = deadline(); next != Long.MAX_VALUE && next - end <= 0; next = deadline()) {
      standstill = next - now > 0 ? 0 : standstill + 1;
      if (standstill > 100) {
        throw new AssertionError("a deadline " + (now - next) + " ns ago that no work meets");
      }
      now = Math.max(now, next);
      poll();
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
    arena.close();
  }
}
