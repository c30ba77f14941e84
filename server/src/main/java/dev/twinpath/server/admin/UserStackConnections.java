package dev.twinpath.server.admin;

import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.stack.StackShard;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The user stack's connections as {@code ss -ti} shows the kernel's: each shard is asked on its own
 * loop.
 */
public final class UserStackConnections {
  private static final int PATIENCE_SECONDS = 5;

  private interface Question {
    void ask(int index, StackShard shard, List<Map<String, Object>> answers);
  }

  private UserStackConnections() {}

  /**
   * Asks every shard for its connections.
   *
   * @param group the event loops of the stack, in the order in which they were made
   * @return fails when a loop does not answer within five seconds
   */
  public static CompletionStage<List<Map<String, Object>>> of(
      UserStack stack, EventLoopGroup group) {
    return ask(stack, group, UserStackConnections::connections);
  }

  /**
   * The same with {@code listeners} and {@code timeWait}, each a list as {@code connections} is.
   */
  public static CompletionStage<Map<String, Object>> all(UserStack stack, EventLoopGroup group) {
    Map<String, Object> all = new LinkedHashMap<>();
    return ask(stack, group, UserStackConnections::connections)
        .thenAccept(list -> all.put("connections", list))
        .thenCompose(done -> ask(stack, group, UserStackConnections::listeners))
        .thenAccept(list -> all.put("listeners", list))
        .thenCompose(done -> ask(stack, group, UserStackConnections::timeWait))
        .thenApply(
            list -> {
              all.put("timeWait", list);
              return all;
            });
  }

  private static CompletableFuture<List<Map<String, Object>>> ask(
      UserStack stack, EventLoopGroup group, Question question) {
    CompletableFuture<List<Map<String, Object>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    int index = 0;
    for (EventExecutor loop : group) {
      int number = index++;
      StackShard shard = stack.loops().get(number).shard();
      CompletableFuture<List<Map<String, Object>>> answer =
          CompletableFuture.supplyAsync(
              () -> {
                List<Map<String, Object>> answers = new ArrayList<>();
                question.ask(number, shard, answers);
                return answers;
              },
              loop);
      all =
          all.thenCombine(
              answer,
              (before, more) -> {
                before.addAll(more);
                return before;
              });
    }
    return all.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void connections(int n, StackShard shard, List<Map<String, Object>> answers) {
    shard.forEachConnection(info -> answers.add(ConnectionJson.of(n, info)));
  }

  private static void listeners(int n, StackShard shard, List<Map<String, Object>> answers) {
    shard.forEachListener(info -> answers.add(ConnectionJson.of(n, info)));
  }

  private static void timeWait(int n, StackShard shard, List<Map<String, Object>> answers) {
    shard.forEachTimeWait(info -> answers.add(ConnectionJson.of(n, info)));
  }
}
