package dev.twinpath.nic.wire;

import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * One direction of an impaired wire: frames go in, and come out when their time has come, or never.
 *
 * <p>Frames are copied in; they wait in a binary heap by due time and order of arrival, in memory
 * that is used again. Each frame draws the same number of random values whatever is switched on, so
 * that one impairment does not change what another one hits.
 */
final class DelayLine {
  private final Impairment impairment;
  private final SplittableRandom random;
  private final SplittableRandom burstRandom;
  private final FrameStore store;
  private final ImpairmentCounters counters;
  private final Frame corrupted = new Frame();

  private final long[] places;
  private final int[] lengths;
  private final long[] due;
  private final long[] order;
  private final int[] free;
  private int freeCount;
  private final int[] heap;
  private int size;
  private long arrivals;
  private long lineFreeAt;

  /** Whether the line is bad now, by {@link BurstLoss}. */
  private boolean bad;

  DelayLine(Impairment impairment, long stream, Arena arena, ImpairmentCounters counters) {
    this.impairment = impairment;
    this.random = new SplittableRandom(impairment.seed() * 0x9e3779b97f4a7c15L + stream);
    // A generator of its own, so that what a seed did before there were bursts it does still.
    this.burstRandom = new SplittableRandom(impairment.seed() * 0xbf58476d1ce4e5b9L + ~stream);
    this.store = new FrameStore(arena);
    this.counters = counters;
    int slots = impairment.queueFrames() + 1;
    places = new long[slots];
    lengths = new int[slots];
    due = new long[slots];
    order = new long[slots];
    free = new int[slots];
    heap = new int[slots];
    for (int i = 0; i < slots; i++) {
      free[i] = slots - 1 - i;
    }
    freeCount = slots;
  }

  /** Puts a frame that is not to be cut on its way. */
  void put(Frame frame, long now) {
    boolean lost = random.nextDouble() < impairment.loss();
    boolean twice = random.nextDouble() < impairment.duplicate();
    boolean corrupt = random.nextDouble() < impairment.corrupt();
    boolean late = random.nextDouble() < impairment.reorder();
    double jitter = random.nextDouble();
    int where = random.nextInt() & 0x7fffffff;
    boolean lostInBurst = isLostInBurst();
    if (size >= impairment.queueFrames()) {
      // It finds no room, so it never comes to the line, whose time is the others'.
      counters.overflowed++;
      return;
    }
    long at = now;
    if (impairment.bitsPerSecond() > 0) {
      at = Math.max(now, lineFreeAt) + transmissionNanos(frame.totalLength());
      lineFreeAt = at;
    }
    at += impairment.delayNanos() + (long) (jitter * impairment.jitterNanos());
    if (late) {
      counters.reordered++;
      at += impairment.reorderNanos();
    }
    if (lost || lostInBurst) {
      counters.lost++;
      counters.lostInBursts += lostInBurst ? 1 : 0;
      return;
    }
    int slot = store(frame, at);
    if (slot < 0) {
      return;
    }
    if (corrupt) {
      counters.corrupted++;
      corrupt(slot, where);
    }
    push(slot);
    if (twice) {
      counters.duplicated++;
      int copy = store(frame, at);
      if (copy >= 0) {
        push(copy);
      }
    }
  }

  /** The fate of one frame by the state of the line, which may change after it. */
  private boolean isLostInBurst() {
    BurstLoss burst = impairment.burstLoss();
    double change = burstRandom.nextDouble();
    double loss = burstRandom.nextDouble();
    if (bad) {
      bad = change >= burst.leave();
      return loss < burst.lossInside();
    }
    bad = change < burst.enter();
    return loss < burst.lossOutside();
  }

  private long transmissionNanos(int length) {
    // Preamble, checksum and gap of Ethernet: 24 bytes that a frame takes on top.
    return (long) ((length + 24) * 8 * 1e9 / impairment.bitsPerSecond());
  }

  private int store(Frame frame, long at) {
    if (size >= impairment.queueFrames() || freeCount == 0) {
      counters.overflowed++;
      return -1;
    }
    long place = store.store(frame);
    if (place == 0) {
      counters.overflowed++;
      return -1;
    }
    int slot = free[--freeCount];
    places[slot] = place;
    lengths[slot] = frame.totalLength();
    due[slot] = at;
    order[slot] = arrivals++;
    return slot;
  }

  /** Flips one bit after the MAC addresses; before, the checksum becomes real so that it shows. */
  private void corrupt(int slot, int where) {
    long data = FrameStore.data(places[slot]);
    FrameStore.show(places[slot], lengths[slot], corrupted);
    if (corrupted.needsChecksum()) {
      ChecksumOffload.complete(
          data, lengths[slot], corrupted.checksumStart(), corrupted.checksumOffset());
    }
    FrameStore.clearOffloads(places[slot]);
    int body = lengths[slot] - EthernetHeader.LENGTH;
    if (body <= 0) {
      return;
    }
    long at = data + EthernetHeader.LENGTH + where % body;
    Memory.putByte(at, Memory.getByte(at) ^ 1 << (where >>> 24 & 7));
  }

  /** Whether a frame's time has come. */
  boolean isDue(long now) {
    return size > 0 && due[heap[0]] - now <= 0;
  }

  /** When the first frame's time comes, or {@link Long#MAX_VALUE}. */
  long nextDue() {
    return size > 0 ? due[heap[0]] : Long.MAX_VALUE;
  }

  /** Shows the first frame, with its checksum context, in memory that {@link #remove} frees. */
  void peek(Frame frame) {
    FrameStore.show(places[heap[0]], lengths[heap[0]], frame);
  }

  /** Takes the first frame away. */
  void remove() {
    store.release(places[heap[0]], lengths[heap[0]]);
    free[freeCount++] = heap[0];
    int last = heap[--size];
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], last)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }

  private void push(int slot) {
    int at = size++;
    while (at > 0 && isBefore(slot, heap[(at - 1) / 2])) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = slot;
  }

  private boolean isBefore(int a, int b) {
    long earlier = due[a] - due[b];
    return earlier < 0 || earlier == 0 && order[a] < order[b];
  }
}
