package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A memory wire between two processes: the same rings as {@link MemoryWire}, in a file in {@code
 * /dev/shm}. Who comes first is one end, who comes second the other.
 *
 * <p>Each end holds a lock on its byte of the file, which the kernel drops when the process dies:
 * that is how a full ring tells a slow peer (wait) from a dead one (frames are lost, as on an
 * unplugged cable), and how a successor finds the end free. Both may die and come back in any
 * order. What the peer wrote is checked; a peer that truncates the file makes the wire fail, not
 * crash.
 *
 * <p>A FIFO beside the file wakes each end of each queue, because an eventfd cannot be shared by
 * name. The last to close removes the files.
 */
public final class SharedMemoryWire implements Wire {
  /**
   * Bytes of a ring where nothing else is said. Far more than the caches of a core hold: what one
   * end writes again the other's cache then has given back already, which was worth 40% where the
   * ends' cores share no cache.
   */
  public static final int DEFAULT_RING_BYTES = 1 << 23;

  private static final int ATTEMPTS = 100;

  private final Path path;
  private final SharedWireFile file;
  private final int side;
  private final Arena arena = Arena.ofShared();
  private final MemoryQueue[] queues;
  private final int[] wakes;
  private boolean closed;

  private SharedMemoryWire(Path path, SharedWireFile file, int side, int queues, int ringBytes)
      throws IOException {
    this.path = path;
    this.file = file;
    this.side = side;
    this.queues = new MemoryQueue[queues];
    this.wakes = new int[2 * queues];
    long base = file.map();
    PeerLiveness peer = new LockedEnd(file, 1 - side);
    for (int i = 0; i < queues; i++) {
      long first = base + SharedWireFile.ringOffset(2 * i, ringBytes);
      long second = base + SharedWireFile.ringOffset(2 * i + 1, ringBytes);
      wakes[2 * i] = openFifo(fifo(path, side, i));
      wakes[2 * i + 1] = openFifo(fifo(path, 1 - side, i));
      this.queues[i] =
          new MemoryQueue(
              arena,
              new MemoryRing(side == 0 ? first : second, ringBytes),
              new MemoryRing(side == 0 ? second : first, ringBytes),
              wakes[2 * i],
              wakes[2 * i + 1],
              peer,
              true);
    }
  }

  /** Attaches with rings of {@link #DEFAULT_RING_BYTES}. */
  public static SharedMemoryWire attach(Path file, int queues) throws IOException {
    return attach(file, queues, DEFAULT_RING_BYTES);
  }

  /**
   * Attaches to the free end of the wire in a file, which is made when it is not there.
   *
   * @param path best in {@code /dev/shm}; readable and writable by its owner only
   * @param queues the same for both ends
   * @param ringBytes the same for both ends; see {@link MemoryWire#pair}
   * @throws IOException when both ends are taken, or the file is something else
   */
  public static SharedMemoryWire attach(Path path, int queues, int ringBytes) throws IOException {
    MemoryWire.checkRing(queues, ringBytes);
    for (int i = 0; i < ATTEMPTS; i++) {
      SharedWireFile file = SharedWireFile.open(path);
      boolean attached = false;
      try {
        file.lockForAttaching();
        // Whoever detached last may have removed the file that we opened.
        if (file.isStillAt(path)) {
          int side = file.takeEnd(queues, ringBytes);
          SharedMemoryWire wire = new SharedMemoryWire(path, file, side, queues, ringBytes);
          attached = true;
          file.unlockForAttaching();
          return wire;
        }
      } finally {
        if (!attached) {
          file.close();
        }
      }
    }
    throw new IOException("cannot attach to " + path + ": it is removed again and again");
  }

  private static Path fifo(Path path, int side, int queue) {
    return path.resolveSibling(path.getFileName() + ".wake" + side + '.' + queue);
  }

  private static int openFifo(Path path) throws IOException {
    int made = Linux.mkfifo(path.toString(), 0600);
    int fd = made < 0 && made != -Errno.EEXIST ? made : openForBoth(path);
    if (fd < 0) {
      throw new IOException("cannot make the FIFO " + path + ": " + Errno.describe(-fd));
    }
    return fd;
  }

  /** Opened for both directions, a FIFO neither blocks nor ends when the peer goes. */
  private static int openForBoth(Path path) {
    return Linux.open(path.toString(), Linux.O_RDWR | Linux.O_NONBLOCK | Linux.O_CLOEXEC, 0);
  }

  /** Which end this is: 0 came first, 1 second. */
  public int side() {
    return side;
  }

  /** Whether somebody holds the other end now. */
  public boolean hasPeer() {
    return file.isTaken(1 - side);
  }

  @Override
  public WireCapabilities capabilities() {
    return MemoryWire.CAPABILITIES;
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
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (int fd : wakes) {
      Linux.close(fd);
    }
    arena.close();
    try (file) {
      file.lockForAttaching();
      if (!hasPeer() && file.isStillAt(path)) {
        for (int i = 0; i < queues.length; i++) {
          Files.deleteIfExists(fifo(path, 0, i));
          Files.deleteIfExists(fifo(path, 1, i));
        }
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // The files stay behind, and the next to attach takes them over.
      return;
    }
  }

  /** The peer is there as long as it holds the lock on its byte; asked at most every 50 ms. */
  private static final class LockedEnd implements PeerLiveness {
    private static final long ASK_AGAIN_NANOS = 50_000_000;

    private final SharedWireFile file;
    private final int end;
    private long askedAt = System.nanoTime() - 2 * ASK_AGAIN_NANOS;
    private boolean gone;

    LockedEnd(SharedWireFile file, int end) {
      this.file = file;
      this.end = end;
    }

    @Override
    public synchronized boolean isGone() {
      long now = System.nanoTime();
      if (now - askedAt > ASK_AGAIN_NANOS) {
        gone = !file.isTaken(end);
        askedAt = now;
      }
      return gone;
    }
  }
}
