package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.flow.IndirectionTable;
import dev.twinpath.nic.flow.RssContext;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.userstack.event.ShardStatistics;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackShard;
import io.netty.channel.IoHandlerFactory;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One user-level host: a simulated NIC on a wire, and the configuration of the stack above it. Each
 * event loop made with {@link #ioHandlerFactory} takes one of the NIC's queue pairs and runs a
 * {@link StackShard} of its own on it.
 *
 * <p>A loop's queue is not given out again: a stack serves as many loops, over its lifetime, as it
 * has queues. Methods are safe from any thread.
 */
public final class UserStack implements AutoCloseable {
  private final Nic nic;
  private final StackConfig config;
  private final int queues;
  private final IdleStrategy idleStrategy;
  private final ReadAhead readAhead = new ReadAhead();
  private final SecureRandom seeds = new SecureRandom();
  private final List<UserStackIoHandler> loops = new CopyOnWriteArrayList<>();
  private final ShardStatistics statistics;
  private int queuesTaken;
  private int loopsRunning;
  private boolean closed;

  private UserStack(
      Wire wire, NicConfig nicConfig, StackConfig stackConfig, IdleStrategy idleStrategy) {
    this.nic = new Nic(nicConfig, wire);
    // Each of our wires spreads flows over its queues already, and keeps each on its queue.
    nic.steering().keepArrivals(true);
    this.config = stackConfig;
    this.queues = nicConfig.queuePairs();
    this.idleStrategy = idleStrategy;
    statistics =
        ShardStatistics.of(() -> loops.stream().map(loop -> loop.shard().counters()).toList());
  }

  /**
   * Puts a NIC on the wire, with {@link IdleStrategy#DEFAULT}.
   *
   * @param wire belongs to the stack from now on and is closed with it
   * @param nicConfig the NIC; its queue pairs bound the number of event loops
   * @param stackConfig addresses, routes and limits, for every shard
   * @return the stack; its loops come with {@link #ioHandlerFactory}
   */
  public static UserStack open(Wire wire, NicConfig nicConfig, StackConfig stackConfig) {
    return open(wire, nicConfig, stackConfig, IdleStrategy.DEFAULT);
  }

  /** As {@link #open(Wire, NicConfig, StackConfig)}, with a choice of what idle loops do. */
  public static UserStack open(
      Wire wire, NicConfig nicConfig, StackConfig stackConfig, IdleStrategy idleStrategy) {
    return new UserStack(wire, nicConfig, stackConfig, idleStrategy);
  }

  /**
   * Makes the handlers of event loops: {@code new MultiThreadIoEventLoopGroup(n, factory)} with n
   * of at most {@link #queues}.
   */
  public IoHandlerFactory ioHandlerFactory() {
    return this::newHandler;
  }

  private synchronized UserStackIoHandler newHandler(ThreadAwareExecutor executor) {
    if (closed) {
      throw new IllegalStateException("the stack is closed");
    }
    if (queuesTaken == queues) {
      throw new IllegalStateException("the NIC has " + queues + " queue pairs, all are taken");
    }
    QueuePair queue = nic.queuePair(queuesTaken);
    StackShard shard =
        new StackShard(config, nic, queuesTaken, seeds.nextLong(), System.nanoTime());
    UserStackIoHandler handler = new UserStackIoHandler(this, executor, queue, shard);
    queuesTaken++;
    // Not to queues that nobody serves: what only the hash decides about must reach a stack.
    nic.steering().contexts().get(RssContext.DEFAULT).table(IndirectionTable.equal(queuesTaken));
    loopsRunning++;
    loops.add(handler);
    return handler;
  }

  synchronized void loopEnded() {
    loopsRunning--;
  }

  /** Queue pairs of the NIC, the greatest number of event loops. */
  public int queues() {
    return queues;
  }

  /** The NIC, for its capabilities and counters. */
  public Nic nic() {
    return nic;
  }

  /** The configuration of every shard. */
  public StackConfig config() {
    return config;
  }

  /** What idle loops do. */
  public IdleStrategy idleStrategy() {
    return idleStrategy;
  }

  /**
   * The loops made so far, ended ones included: their shard's and their own counters can be read by
   * any thread, everything else of a shard on its loop only.
   */
  public List<UserStackIoHandler> loops() {
    return List.copyOf(loops);
  }

  ReadAhead readAhead() {
    return readAhead;
  }

  /**
   * Closes the NIC and its wire.
   *
   * @throws IllegalStateException if an event loop still runs: shut its group down first
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (loopsRunning > 0) {
        throw new IllegalStateException(loopsRunning + " event loops still run on this stack");
      }
      closed = true;
    }
    statistics.close();
    readAhead.close();
    nic.close();
  }
}
