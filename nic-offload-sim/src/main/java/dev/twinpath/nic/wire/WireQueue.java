package dev.twinpath.nic.wire;

/** One queue of a wire. Used by one thread at a time. */
public interface WireQueue {
  /**
   * Sends one frame.
   *
   * @return 0 when it is sent; {@code -EAGAIN} when there is no room: the same frame is offered
   *     again; {@code -EFAULT} when a piece of its memory is gone; another negative errno when the
   *     wire dropped it
   */
  int transmit(Frame frame);

  /**
   * Frames sent between this and {@link #endBatch} may be shown to the other end together, at the
   * end at the latest. Without it each is shown at once.
   */
  default void beginBatch() {}

  /** Ends what {@link #beginBatch} began. */
  default void endBatch() {}

  /**
   * Takes the next frame, if there is one.
   *
   * @param address where it is written
   * @param capacity bytes that may be written there
   * @param context is cleared, and gets the frame's offload context
   * @return its length, or 0 when there is none; {@code -EMSGSIZE} when a frame was longer than the
   *     capacity and is lost; another negative errno when the wire is broken
   */
  int receive(long address, int capacity, Frame context);

  /**
   * Lets move what moves by itself, such as frames under way. Called each time that the device
   * works, also when no buffer is posted and so nothing is received.
   */
  default void service() {}

  /** Whether each {@link #receive}, also one in vain, costs a system call. */
  default boolean receiveIsSystemCall() {
    return false;
  }

  /**
   * Frames that arrived and were lost before {@link #receive}, because they were not taken in time.
   * From any thread; not for every packet.
   */
  default long receiveOverruns() {
    return 0;
  }

  /** A descriptor that is readable when a frame waits, or -1 when the wire has none. */
  int pollableFd();

  /** Whether {@link #pollableFd()} also tells that a wire without room has some again. */
  default boolean signalsRoom() {
    return false;
  }

  /**
   * Announces that the owner is about to sleep on {@link #pollableFd()}, then looks once more.
   *
   * @return false when a frame is already there and the owner must not sleep
   */
  boolean armInterrupt();

  /** The owner is awake again: wake-ups are no longer needed, and one that came is taken back. */
  void disarmInterrupt();

  /**
   * When the wire has something to do though nothing arrives, by {@code System.nanoTime()}; {@link
   * Long#MAX_VALUE} for never.
   */
  default long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }
}
