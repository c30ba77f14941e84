package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.ring.DescriptorRing;

/**
 * The device's side of a receive ring: the buffers that the host posted. What the host wrote is
 * read once, and checked against the registered memory before anything is written.
 *
 * <p>Several buffers may be filled before it is known what becomes of each. So the device reads
 * descriptors into slots: slot after slot gets a frame, and one whose frame went elsewhere stays
 * posted, to be first the next time. Completions name their buffer, so that the order of buffers
 * does not matter to the host.
 */
final class PostedBuffers {
  /** How many buffers may be filled ahead. */
  static final int SLOTS = Classifier.MAX_AHEAD;

  private final DescriptorRing ring;
  private final RegisteredMemory memory;
  private final PostedBuffer[] slots = new PostedBuffer[SLOTS];
  private PostedBuffer current;

  /** Slots whose buffer waits to be used. */
  private int posted;

  private long head;
  private long reported;
  private long tail;

  PostedBuffers(DescriptorRing ring, RegisteredMemory memory) {
    this.ring = ring;
    this.memory = memory;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new PostedBuffer();
    }
    current = slots[0];
  }

  /** Looks how far the host has posted; false when it tells nonsense. */
  boolean refresh() {
    compact();
    tail = ring.published();
    long waiting = tail - head;
    if (waiting < 0 || waiting > ring.capacity()) {
      tail = head;
      return false;
    }
    return true;
  }

  /**
   * Puts slots whose buffer was not used first, so that no buffer is forgotten. No frame is in a
   * slot.
   */
  void compact() {
    if (posted == 0 || posted == 1 && slots[0].isPosted) {
      return;
    }
    int to = 0;
    for (int i = 0; i < SLOTS; i++) {
      PostedBuffer buffer = slots[i];
      if (buffer.isPosted) {
        slots[i] = slots[to];
        slots[to++] = buffer;
      }
    }
  }

  /** Whether there is no buffer for a slot, as of the last {@link #refresh}. */
  boolean isEmpty(int slot) {
    return !slots[slot].isPosted && head == tail;
  }

  /**
   * Makes a slot, which is not empty, the current one.
   *
   * @return false when the device may not write there
   */
  boolean load(int slot) {
    current = slots[slot];
    if (!current.isPosted) {
      current.read(ring.entry(head++));
      posted++;
    }
    return current.translate(memory);
  }

  /** Makes a slot that was loaded the current one again. */
  void select(int slot) {
    current = slots[slot];
  }

  /** Whether the current buffer has one for the headers beside it. */
  boolean hasHeader() {
    return current.hasHeader();
  }

  int region() {
    return current.region;
  }

  long offset() {
    return current.offset;
  }

  int headerRegion() {
    return current.headerRegion;
  }

  long headerOffset() {
    return current.headerOffset;
  }

  /** Where the current buffer's header buffer lies, when it has one. */
  long headerAddress() {
    return current.headerAddress;
  }

  /** Where the current buffer lies. */
  long address() {
    return current.address;
  }

  int capacity() {
    return current.capacity;
  }

  int bufferId() {
    return current.bufferId;
  }

  /** The current buffer is used. */
  void take() {
    current.isPosted = false;
    posted--;
  }

  /** Tells the host which descriptors it may overwrite. */
  void report() {
    if (reported != head) {
      reported = head;
      ring.consume(head);
    }
  }
}
