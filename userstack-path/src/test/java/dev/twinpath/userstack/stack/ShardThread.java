package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Wire;
import java.lang.foreign.Arena;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A shard with a thread of its own, for tests against another kernel: polls, and sleeps when idle.
 */
public final class ShardThread implements AutoCloseable {
  private static final int IDLE_POLLS = 100;
  private static final long MAX_SLEEP_NANOS = 50_000_000L;

  public final Nic nic;
  public final StackShard shard;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean stop;
  private volatile Throwable failure;

  public ShardThread(StackConfig config, NicConfig nicConfig, Wire wire) {
    nic = new Nic(nicConfig, wire);
    shard = new StackShard(config, nic, 0, System.nanoTime(), System.nanoTime());
    thread = new Thread(this::run, "shard");
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs something on the shard's thread and waits for it. */
  public void call(Runnable task) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    tasks.add(
        () -> {
          try {
            task.run();
            done.complete(null);
          } catch (RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    done.join();
  }

  private void run() {
    try (Arena arena = Arena.ofConfined()) {
      long pollfd = arena.allocate(8, 8).address();
      int idle = 0;
      while (!stop) {
        Runnable task;
        while ((task = tasks.poll()) != null) {
          task.run();
          idle = 0;
        }
        if (shard.poll(System.nanoTime()) > 0 || shard.hasPendingOutput()) {
          idle = 0;
        } else if (++idle > IDLE_POLLS && tasks.isEmpty()) {
          sleep(pollfd);
        }
      }
    } catch (Throwable t) {
      failure = t;
      t.printStackTrace();
    }
  }

  private void sleep(long pollfd) {
    if (!shard.queuePair().armInterrupt()) {
      return;
    }
    long wait = Math.min(MAX_SLEEP_NANOS, shard.nextDeadlineNanos() - System.nanoTime());
    if (wait > 0) {
      Memory.putInt(pollfd, shard.queuePair().pollableFd());
      Memory.putInt(pollfd + 4, Linux.POLLIN);
      Linux.poll(pollfd, 1, (int) (wait / 1_000_000) + 1);
    }
    shard.queuePair().disarmInterrupt();
  }

  /** What ended the thread, or null. */
  public Throwable failure() {
    return failure;
  }

  @Override
  public void close() {
    stop = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    shard.close();
    nic.close();
  }
}
