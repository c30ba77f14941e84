package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/**
 * One AF_XDP socket as a queue of a wire.
 *
 * <p>Each frame is copied once on our side: to send, from its pieces into a chunk of UMEM; to
 * receive, from UMEM into the posted buffer. That is this wire's price: UMEM is the only memory
 * that the socket knows, and the posted buffers are not in it.
 *
 * <p>Frames to send are put into the ring at once and the kernel is told once for a batch: by
 * {@link #service}, by the next {@link #receive}, or when 32 chunks wait, which is as many as one
 * call sends (TX_BATCH_SIZE in net/xdp/xsk.c).
 */
final class XdpQueue implements WireQueue {
  private static final int BATCH = 32;

  /** How soon a kernel that would not send is asked again when nothing else happens. */
  private static final long RETRY_NANOS = 1_000_000;

  private final XdpSocket socket;
  private final int fd;
  private final long memory;
  private final XdpRing rx;
  private final XdpRing tx;
  private final XdpRing fill;
  private final XdpRing completion;
  private final int chunkBytes;
  private final int maxFrameBytes;
  private final UnfinishedChecksum unfinished;
  private final XdpQueueCounters counters = new XdpQueueCounters();

  /** Chunks for frames to send that are free, as addresses in UMEM. */
  private final long[] freeChunks;

  private int free;
  private int txProduced;
  private int completed;
  private int unsent;
  private int status;
  private long retryNanos = Long.MAX_VALUE;

  private int rxConsumed;
  private int rxAvailable;
  private int filled;

  /** How far {@link #filled} was when the kernel was last told. */
  private int filledPublished;

  /**
   * @param unfinishedChecksums whether a transport checksum that holds only the pseudo-header's sum
   *     is to be believed
   */
  XdpQueue(XdpSocket socket, XdpConfig config, int maxFrameBytes, boolean unfinishedChecksums) {
    this.socket = socket;
    this.fd = socket.fd();
    this.memory = socket.memory();
    this.rx = socket.receive();
    this.tx = socket.transmit();
    this.fill = socket.fill();
    this.completion = socket.completion();
    this.chunkBytes = config.chunkBytes();
    this.maxFrameBytes = maxFrameBytes;
    this.unfinished = unfinishedChecksums ? new UnfinishedChecksum() : null;
    this.freeChunks = new long[config.transmitChunks()];
    for (int i = 0; i < config.transmitChunks(); i++) {
      freeChunks[free++] = (long) (config.receiveChunks() + i) * chunkBytes;
    }
    for (int i = 0; i < config.receiveChunks(); i++) {
      Memory.putLong(fill.entry(filled++), (long) i * chunkBytes);
    }
    fill.publishProducer(filled);
    filledPublished = filled;
  }

  XdpSocket socket() {
    return socket;
  }

  XdpQueueCounters counters() {
    return counters;
  }

  @Override
  public int transmit(Frame frame) {
    int length = frame.totalLength();
    if (length > maxFrameBytes || length < EthernetHeader.LENGTH) {
      return -Errno.EMSGSIZE;
    }
    if (frame.needsChecksum() || frame.gsoType() != Frame.GSO_NONE) {
      // Whoever got our capabilities does not ask for what only an offload could do.
      return -Errno.EOPNOTSUPP;
    }
    int chunks = (length + chunkBytes - 1) / chunkBytes;
    if (free < chunks && !makeRoom(chunks)) {
      return status == 0 ? -Errno.EAGAIN : status;
    }
    if (chunks == 1) {
      gather(frame, memory + freeChunks[free - 1]);
    } else {
      scatter(frame);
    }
    // Memory of a truncated file shows here, before the kernel sees anything.
    Memory.faultBarrier();
    for (int i = 1, rest = length; i <= chunks; i++, rest -= chunkBytes) {
      long descriptor = tx.entry(txProduced++);
      Memory.putLong(descriptor, freeChunks[--free]);
      Memory.putInt(descriptor + 8, Math.min(rest, chunkBytes));
      Memory.putInt(descriptor + 12, i < chunks ? XdpRing.CONTINUED : 0);
    }
    unsent += chunks;
    // One more frame of this size would need a second call.
    if (unsent > BATCH - chunks) {
      flush();
    }
    return 0;
  }

  private static void gather(Frame frame, long to) {
    long at = to;
    for (int i = 0; i < frame.segments(); i++) {
      Memory.copy(frame.address(i), at, frame.length(i));
      at += frame.length(i);
    }
  }

  /** Copies a frame into the topmost free chunks, in the order in which they will be taken. */
  private void scatter(Frame frame) {
    int chunk = free - 1;
    int used = 0;
    for (int i = 0; i < frame.segments(); i++) {
      long from = frame.address(i);
      int left = frame.length(i);
      while (left > 0) {
        if (used == chunkBytes) {
          chunk--;
          used = 0;
        }
        int part = Math.min(left, chunkBytes - used);
        Memory.copy(from, memory + freeChunks[chunk] + used, part);
        from += part;
        used += part;
        left -= part;
      }
    }
  }

  /** Every chunk that is not free may be in the ring, so that free chunks mean free entries too. */
  private boolean makeRoom(int chunks) {
    takeCompletions();
    if (free >= chunks) {
      return true;
    }
    flush();
    takeCompletions();
    return free >= chunks;
  }

  private void takeCompletions() {
    int produced = completion.producer();
    if (produced == completed) {
      return;
    }
    while (completed != produced) {
      // The kernel gives back the address as we gave it; a driver may have moved within the chunk.
      freeChunks[free++] = Memory.getLong(completion.entry(completed++)) & -chunkBytes;
    }
    completion.publishConsumer(completed);
  }

  /** Publishes what is in the ring, and has the kernel send it. */
  private void flush() {
    if (unsent > 0) {
      tx.publishProducer(txProduced);
      unsent = 0;
    }
    retryNanos = Long.MAX_VALUE;
    status = 0;
    // One call sends BATCH at most; it goes on as long as the kernel takes some.
    int before = tx.consumer();
    while (before != txProduced && tx.needsWakeup()) {
      counters.wakeUps++;
      long sent = SocketCalls.send(fd, 0, 0, SocketCalls.MSG_DONTWAIT);
      int after = tx.consumer();
      if (sent < 0 && !isPassing((int) sent)) {
        status = (int) sent;
      }
      if (status != 0 || after == before) {
        // A device that reads the ring by itself has only been told to begin.
        counters.refusedWakeUps += socket.isZeroCopy() && status == 0 ? 0 : 1;
        retryNanos = System.nanoTime() + RETRY_NANOS;
        return;
      }
      if (sent == -Errno.EBUSY) {
        counters.transmitDropped++;
      }
      before = after;
    }
  }

  /**
   * Whether the same call can do better later: EAGAIN and ENOBUFS say that there is more to send or
   * no memory just now, EBUSY that a frame was taken and dropped.
   */
  private static boolean isPassing(int error) {
    return error == -Errno.EAGAIN
        || error == -Errno.EBUSY
        || error == -Errno.ENOBUFS
        || error == -Errno.EINTR;
  }

  @Override
  public void service() {
    boolean retry = retryNanos != Long.MAX_VALUE && System.nanoTime() - retryNanos >= 0;
    if (unsent > 0 || retry) {
      flush();
    }
    giveBack();
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    if (unsent > 0) {
      flush();
    }
    if (rxConsumed == rxAvailable) {
      rxAvailable = rx.producer();
      if (rxConsumed == rxAvailable) {
        giveBack();
        return 0;
      }
    }
    int length = measure();
    if (length == 0) {
      return 0;
    }
    boolean fits = length <= capacity;
    long at = address;
    boolean continued;
    do {
      long descriptor = rx.entry(rxConsumed++);
      long chunk = Memory.getLong(descriptor);
      int part = Memory.getInt(descriptor + 8);
      continued = (Memory.getInt(descriptor + 12) & XdpRing.CONTINUED) != 0;
      if (fits) {
        Memory.copy(memory + chunk, at, part);
        at += part;
      }
      Memory.putLong(fill.entry(filled++), chunk & -chunkBytes);
    } while (continued);
    if (filled - filledPublished >= BATCH) {
      giveBack();
    }
    if (!fits) {
      return -Errno.EMSGSIZE;
    }
    context.clear();
    if (unfinished != null && unfinished.mark(address, length, context)) {
      counters.unfinishedChecksums++;
    }
    return length;
  }

  /** The next frame's length, or 0 when its last piece is not there yet. */
  private int measure() {
    int length = 0;
    for (int i = rxConsumed; ; i++) {
      if (i == rxAvailable) {
        rxAvailable = rx.producer();
        if (i == rxAvailable) {
          return 0;
        }
      }
      long descriptor = rx.entry(i);
      length += Memory.getInt(descriptor + 8);
      if ((Memory.getInt(descriptor + 12) & XdpRing.CONTINUED) == 0) {
        return length;
      }
    }
  }

  /** Gives the kernel back the entries and chunks of the frames that were received. */
  private void giveBack() {
    if (filled == filledPublished) {
      return;
    }
    filledPublished = filled;
    rx.publishConsumer(rxConsumed);
    fill.publishProducer(filled);
    if (fill.needsWakeup()) {
      counters.wakeUps++;
      SocketCalls.receive(fd, 0, 0, SocketCalls.MSG_DONTWAIT);
    }
  }

  @Override
  public long receiveOverruns() {
    return socket.statistics().receiveLost();
  }

  @Override
  public int pollableFd() {
    return fd;
  }

  /** The socket is readable while a frame is in the ring, so that none is missed. */
  @Override
  public boolean armInterrupt() {
    service();
    return rx.producer() == rxConsumed;
  }

  @Override
  public void disarmInterrupt() {}

  @Override
  public long nextDeadlineNanos() {
    return retryNanos;
  }

  /** Ends the socket; the kernel no longer touches the UMEM. */
  void close() {
    socket.close();
  }
}
