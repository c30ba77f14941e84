package dev.twinpath.userstack.netty;

import java.util.Arrays;

/**
 * The handles that have something for their pipelines, in the order in which they became ready. One
 * thread. A run takes those that are there when it begins; what is enqueued meanwhile waits for the
 * next run, so that a run is bounded.
 */
final class ReadyQueue {
  private UserStackIoHandle[] ready = new UserStackIoHandle[64];
  private UserStackIoHandle[] running = new UserStackIoHandle[64];
  private int count;

  void add(UserStackIoHandle handle) {
    if (count == ready.length) {
      ready = Arrays.copyOf(ready, count * 2);
    }
    ready[count++] = handle;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Dispatches what is ready now; returns how many handles. */
  int run() {
    int taken = count;
    if (taken == 0) {
      return 0;
    }
    UserStackIoHandle[] batch = ready;
    ready = running;
    running = batch;
    count = 0;
    for (int i = 0; i < taken; i++) {
      UserStackIoHandle handle = batch[i];
      batch[i] = null;
      handle.dispatch();
    }
    return taken;
  }
}
