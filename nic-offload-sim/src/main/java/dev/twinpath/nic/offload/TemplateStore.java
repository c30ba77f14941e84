package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The send templates of all protection domains of one NIC, in chunks of off-heap memory that never
 * move. Adding and removing take a lock; checking takes none: an entry is published by its id,
 * which is looked at again after the rest was read.
 *
 * <p>An id has a generation in its high bits, so that the id of a removed template is refused when
 * its place was given to another.
 */
public final class TemplateStore implements AutoCloseable {
  private static final int INDEX_BITS = 20;
  private static final int INDEX_MASK = (1 << INDEX_BITS) - 1;
  private static final int GENERATION_MASK = (1 << 31 - INDEX_BITS) - 1;
  private static final int CHUNK_BITS = 8;
  private static final int CHUNK = 1 << CHUNK_BITS;

  /** What a free place has for an id: no id is 0. */
  private static final int FREE = 0;

  private final Arena arena = Arena.ofShared();
  private final long[] chunks = new long[1 << INDEX_BITS - CHUNK_BITS];
  private int[] generations = new int[CHUNK];
  private int[] free = new int[CHUNK];
  private int freeCount;
  private int used = 1;
  private boolean closed;

  synchronized int add(int domain, SendTemplate template) {
    if (closed) {
      throw new IllegalStateException("the NIC is closed");
    }
    if (freeCount == 0 && used > INDEX_MASK) {
      throw new IllegalStateException("more than " + INDEX_MASK + " send templates");
    }
    int index = freeCount > 0 ? free[--freeCount] : used++;
    if (index >= generations.length) {
      generations = Arrays.copyOf(generations, 2 * generations.length);
    }
    if (chunks[index >>> CHUNK_BITS] == 0) {
      long chunk = arena.allocate((long) CHUNK * TemplateEntry.LENGTH, 64).address();
      VarHandle.releaseFence();
      chunks[index >>> CHUNK_BITS] = chunk;
    }
    long entry = entry(index);
    // The id was taken away before: a reader of what is written now sees that when it looks again.
    VarHandle.storeStoreFence();
    TemplateEntry.write(entry, template, domain);
    // Generation 0 is left out, so that no id is 0.
    generations[index] = generations[index] % GENERATION_MASK + 1;
    int id = generations[index] << INDEX_BITS | index;
    Memory.putIntRelease(entry + TemplateEntry.ID, id);
    return id;
  }

  synchronized boolean remove(int domain, int id) {
    if (!isOwn(domain, id)) {
      return false;
    }
    int index = id & INDEX_MASK;
    Memory.putIntRelease(entry(index) + TemplateEntry.ID, FREE);
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * free.length);
    }
    free[freeCount++] = index;
    return true;
  }

  synchronized boolean moveWindow(int domain, int id, int low, long length) {
    if (!isOwn(domain, id)) {
      return false;
    }
    Memory.putLongRelease(
        entry(id & INDEX_MASK) + TemplateEntry.WINDOW, TemplateEntry.window(low, length));
    return true;
  }

  synchronized boolean permitFlags(int domain, int id, int flags) {
    if (!isOwn(domain, id)) {
      return false;
    }
    Memory.putIntRelease(entry(id & INDEX_MASK) + TemplateEntry.FLAGS, flags);
    return true;
  }

  synchronized int size(int domain) {
    int count = 0;
    for (int i = 1; i < used; i++) {
      if (Memory.getInt(entry(i) + TemplateEntry.ID) != FREE
          && Memory.getInt(entry(i) + TemplateEntry.DOMAIN) == domain) {
        count++;
      }
    }
    return count;
  }

  private boolean isOwn(int domain, int id) {
    int index = id & INDEX_MASK;
    if (closed || id <= 0 || index >= used) {
      return false;
    }
    long entry = entry(index);
    return Memory.getInt(entry + TemplateEntry.ID) == id
        && Memory.getInt(entry + TemplateEntry.DOMAIN) == domain;
  }

  /** Returns a {@link TemplateVerdict}. */
  int check(int domain, int id, ParsedPacket packet) {
    long chunk = id > 0 ? chunks[(id & INDEX_MASK) >>> CHUNK_BITS] : 0;
    if (chunk == 0) {
      return TemplateVerdict.STALE_TEMPLATE;
    }
    long entry = chunk + (long) (id & CHUNK - 1) * TemplateEntry.LENGTH;
    if (Memory.getIntAcquire(entry + TemplateEntry.ID) != id) {
      return TemplateVerdict.STALE_TEMPLATE;
    }
    if (Memory.getInt(entry + TemplateEntry.DOMAIN) != domain) {
      return TemplateVerdict.FOREIGN_TEMPLATE;
    }
    int verdict = TemplateCheck.check(entry, packet);
    VarHandle.loadLoadFence();
    return Memory.getInt(entry + TemplateEntry.ID) == id ? verdict : TemplateVerdict.STALE_TEMPLATE;
  }

  private long entry(int index) {
    return chunks[index >>> CHUNK_BITS] + (long) (index & CHUNK - 1) * TemplateEntry.LENGTH;
  }

  /** Frees the memory: no device checks any more. Removing later does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
