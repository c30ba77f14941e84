package dev.twinpath.server.content;

import dev.twinpath.server.config.ContentLimits;
import dev.twinpath.server.content.Lookup.Kind;
import dev.twinpath.server.metrics.CacheResult;
import dev.twinpath.server.metrics.ContentChange;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Files below the root, opened once and kept open for a while. A hot file is found by {@link #find}
 * without a system call; everything that could touch the disk happens on threads of the store, and
 * comes back to the asking event loop.
 *
 * <p>Paths start with a slash, have no empty, {@code .} or {@code ..} components, and are compared
 * as they are. Thread-safe.
 */
public final class ContentStore implements AutoCloseable {
  private final Root root;
  private final OpenFileCache cache;
  private final BlockingWork work = new BlockingWork();
  private final DirectoryReader directories;
  private final ConcurrentHashMap<String, Load> loads = new ConcurrentHashMap<>();
  private final int slots;
  private final long validNanos;

  /**
   * Opens a directory for serving.
   *
   * @param slots how many event loops may keep something with each file ({@link OpenFile#slot})
   * @throws IOException with one clear line: missing, not a directory, or not readable
   */
  public ContentStore(Path root, ContentLimits limits, int slots) throws IOException {
    this.root = Root.open(root);
    this.cache = new OpenFileCache(limits);
    this.directories = new DirectoryReader(this.root);
    this.slots = slots;
    this.validNanos = limits.validFor().toNanos();
  }

  /** The root without links. */
  public Path root() {
    return root.realPath();
  }

  /**
   * Finds a file that is open and was looked at recently, and takes a lease. Never blocks.
   *
   * @param nowNanos {@link System#nanoTime}
   * @return the leased file, which the caller releases; null if {@link #lookup} has to be asked
   */
  public OpenFile find(String path, long nowNanos) {
    OpenFile file = cache.get(path);
    if (file == null || nowNanos - file.validatedNanos > validNanos || !file.tryLease()) {
      return null;
    }
    return file;
  }

  /**
   * Finds, opens or looks again at a file, away from the caller.
   *
   * @param loop where {@code handler} is called, exactly once. If the loop is gone, it is not
   *     called, and no lease is left behind
   */
  public void lookup(String path, EventExecutor loop, Consumer<Lookup> handler) {
    lookup(path, false, loop, handler);
  }

  /**
   * The same for a path that may send small files from memory.
   *
   * @param intoMemory true to read a small file whole when it is opened
   */
  public void lookup(
      String path, boolean intoMemory, EventExecutor loop, Consumer<Lookup> handler) {
    Waiter waiter = new Waiter(loop, handler);
    Load fresh = new Load(path, intoMemory, waiter);
    Load running = loads.putIfAbsent(path, fresh);
    if (running != null && running.join(waiter)) {
      return;
    }
    if (running != null) {
      // It finished in between: what it found may be older than this question.
      loads.put(path, fresh);
    }
    if (!work.offer(fresh)) {
      loads.remove(path, fresh);
      fresh.finish(Lookup.without(Kind.OVERLOADED, 0), List.of());
    }
  }

  /**
   * Reads a directory and renders it, both away from the caller.
   *
   * @param path ends with a slash
   * @param render runs on a thread of the store
   * @param loop where {@code handler} is called, exactly once, unless the loop is gone
   */
  public <T> void list(
      String path, Function<Listing, T> render, EventExecutor loop, Consumer<T> handler) {
    boolean taken =
        work.offer(
            () -> {
              T rendered = render.apply(directories.read(path));
              onLoop(loop, () -> handler.accept(rendered));
            });
    if (!taken) {
      onLoop(loop, () -> handler.accept(render.apply(Listing.without(Kind.OVERLOADED))));
    }
  }

  /** Runs something that may block; false if too much is waiting already. */
  public boolean runBlocking(Runnable task) {
    return work.offer(task);
  }

  /** Forgets a file that was seen to have changed. Leases of it stay good. */
  public void forget(OpenFile file) {
    cache.remove(file);
  }

  /** Open files in the cache. */
  public int openFiles() {
    return cache.size();
  }

  /** Bytes of small files kept in memory. */
  public long cachedBytes() {
    return cache.cachedBytes();
  }

  /** Bytes of the files that are held open and mapped. */
  public long mappedBytes() {
    return cache.mappedBytes();
  }

  /** Closes everything but leased files, which close with their last lease. */
  @Override
  public void close() {
    cache.close();
    work.close();
    root.close();
  }

  private static boolean onLoop(EventExecutor loop, Runnable task) {
    try {
      loop.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Who asked for a file. */
  private record Waiter(EventExecutor loop, Consumer<Lookup> handler) {}

  /** One look at the disk, shared by all who ask for the same path meanwhile. */
  private final class Load implements Runnable {
    private final String path;
    private final boolean intoMemory;
    private List<Waiter> waiters = new ArrayList<>(1);

    Load(String path, boolean intoMemory, Waiter first) {
      this.path = path;
      this.intoMemory = intoMemory;
      waiters.add(first);
    }

    /** False if it has already looked. */
    synchronized boolean join(Waiter waiter) {
      if (waiters == null) {
        return false;
      }
      waiters.add(waiter);
      return true;
    }

    /** Nobody joins after this: what the disk shows may be older than their question. */
    private synchronized List<Waiter> seal() {
      List<Waiter> sealed = waiters;
      waiters = null;
      return sealed;
    }

    @Override
    public void run() {
      loads.remove(path, this);
      List<Waiter> sealed = seal();
      Lookup result;
      try {
        result = load(path, intoMemory);
      } catch (RuntimeException | IOException e) {
        result = Lookup.without(Kind.FAILED, 0);
      }
      deliver(result, sealed);
    }

    /** Answers without looking. */
    void finish(Lookup result, List<Waiter> none) {
      List<Waiter> sealed = seal();
      deliver(result, sealed == null ? none : sealed);
    }

    /** {@code result} carries one lease; each waiter gets one of its own. */
    private void deliver(Lookup result, List<Waiter> sealed) {
      OpenFile file = result.file();
      for (Waiter waiter : sealed) {
        if (file != null) {
          file.retain();
        }
        if (!onLoop(waiter.loop, () -> waiter.handler.accept(result)) && file != null) {
          file.release();
        }
      }
      if (file != null) {
        file.release();
      }
    }
  }

  private Lookup load(String path, boolean intoMemory) throws IOException {
    long began = System.nanoTime();
    FileOpener.Found found = FileOpener.find(root, path);
    OpenFile known = cache.get(path);
    if (found.kind() != Kind.FILE) {
      if (known != null) {
        cache.remove(known);
      }
      return Lookup.without(found.kind(), System.nanoTime() - began);
    }
    Optional<ContentChange> change = Optional.empty();
    if (known != null && known.tryLease()) {
      if (known.stamp().equals(found.stamp())) {
        found.close();
        known.validatedNanos = began;
        return new Lookup(
            Kind.FILE, known, CacheResult.REVALIDATED, change, System.nanoTime() - began);
      }
      change = Optional.of(known.stamp().changeTo(found.stamp()));
      known.release();
    }
    return open(path, found, intoMemory, change, began);
  }

  private Lookup open(
      String path,
      FileOpener.Found found,
      boolean intoMemory,
      Optional<ContentChange> change,
      long began) {
    OpenFile file;
    try {
      file =
          FileOpener.open(
              path, found, intoMemory && cache.admitsBytes(found.stamp().size()), slots, work);
    } catch (IOException e) {
      found.close();
      return Lookup.without(FileOpener.kindOf(e), System.nanoTime() - began);
    }
    file.validatedNanos = began;
    file.retain();
    cache.put(file);
    return new Lookup(Kind.FILE, file, CacheResult.MISS, change, System.nanoTime() - began);
  }
}
