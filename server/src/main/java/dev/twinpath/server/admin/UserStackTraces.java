package dev.twinpath.server.admin;

import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackIoHandler;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.TraceFilter;
import dev.twinpath.userstack.stack.TraceText;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Traces of single connections of the user stack, as many as are being read. Which shard a
 * connection will belong to is not known before it comes, so every shard looks for it. A trace that
 * nobody has read for a minute ends. Any thread.
 */
public final class UserStackTraces {
  private static final int PATIENCE_SECONDS = 5;
  private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final UserStack stack;
  private final EventLoopGroup group;
  private final AtomicLong serial = new AtomicLong();
  private final Map<Long, Follower> followers = new ConcurrentHashMap<>();

  /** The part of one trace that one shard has; its fields belong to the shard's loop. */
  private record Part(
      EventExecutor loop, UserStackIoHandler handler, ConnectionTrace trace, TraceText text) {}

  private static final class Follower {
    final List<Part> parts = new ArrayList<>();
    volatile long lastReadNanos = System.nanoTime();
  }

  /** Of a stack and its loops, in the order in which they were made. */
  public UserStackTraces(UserStack stack, EventLoopGroup group) {
    this.stack = stack;
    this.group = group;
  }

  /**
   * Follows the first connection that matches.
   *
   * @return the trace's number; fails with an IllegalStateException when too many are followed
   */
  public CompletionStage<Long> begin(TraceFilter filter, int events) {
    endForgotten();
    Follower follower = new Follower();
    CompletableFuture<Long> begun = CompletableFuture.completedFuture(0L);
    int index = 0;
    for (EventExecutor loop : group) {
      UserStackIoHandler handler = stack.loops().get(index++);
      begun =
          begun.thenCombine(
              CompletableFuture.supplyAsync(() -> part(loop, handler, filter, events), loop),
              (none, part) -> {
                follower.parts.add(part);
                return none;
              });
    }
    return begun
        .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .whenComplete(
            (none, failure) -> {
              if (failure != null) {
                end(follower);
              }
            })
        .thenApply(
            none -> {
              long number = serial.incrementAndGet();
              followers.put(number, follower);
              return number;
            });
  }

  private static Part part(
      EventExecutor loop, UserStackIoHandler handler, TraceFilter filter, int events) {
    return new Part(loop, handler, handler.shard().trace(filter, events), new TraceText());
  }

  /**
   * What a trace has recorded since a given event.
   *
   * @param from index of the first event that is wanted
   * @return empty when there is no trace of that number
   */
  public CompletionStage<Optional<Map<String, Object>>> read(long number, long from) {
    Follower follower = followers.get(number);
    if (follower == null) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    follower.lastReadNanos = System.nanoTime();
    CompletableFuture<Map<String, Object>> all =
        CompletableFuture.completedFuture(new LinkedHashMap<>(nothingYet()));
    for (Part part : follower.parts) {
      all =
          all.thenCombine(
              CompletableFuture.supplyAsync(() -> read(part, from), part.loop()),
              (before, more) -> {
                before.putAll(more);
                return before;
              });
    }
    return all.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).thenApply(Optional::of);
  }

  private static Map<String, Object> nothingYet() {
    return Map.of("connection", false, "next", 0, "lost", 0, "ended", false, "text", "");
  }

  private static Map<String, Object> read(Part part, long from) {
    ConnectionTrace trace = part.trace();
    if (trace.connection() < 0) {
      return Map.of();
    }
    long lost = trace.forEach(from, part.text());
    return Map.of(
        "connection",
        true,
        "next",
        trace.recorded(),
        "lost",
        lost,
        "ended",
        trace.isEnded(),
        "text",
        part.text().take());
  }

  /** Ends a trace; false when there is none of that number. */
  public boolean end(long number) {
    Follower follower = followers.remove(number);
    if (follower != null) {
      end(follower);
    }
    return follower != null;
  }

  private static void end(Follower follower) {
    for (Part part : List.copyOf(follower.parts)) {
      part.loop().execute(() -> part.handler().shard().endTrace(part.trace()));
    }
  }

  private void endForgotten() {
    long now = System.nanoTime();
    followers.forEach(
        (number, follower) -> {
          if (now - follower.lastReadNanos > IDLE_NANOS) {
            end(number);
          }
        });
  }
}
