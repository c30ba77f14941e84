package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.exam.SteeredHost.Delivered;
import dev.twinpath.nic.flow.IndirectionTable;
import dev.twinpath.nic.flow.RssContext;
import dev.twinpath.nic.flow.RssContexts;
import dev.twinpath.nic.flow.SteeringAction;
import dev.twinpath.nic.flow.SteeringRule;
import dev.twinpath.nic.flow.ToeplitzHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * After Linux's {@code rss_ctx.py}: tables and keys change while packets flow, contexts spread over
 * their own queues only, do not disturb each other, and stay as long as a rule needs them.
 */
class RssContextTest {
  private static final int QUEUES = 16;
  private static final int FLOWS = 200;

  private final SteeredHost host = new SteeredHost(QUEUES);
  private final RssContexts contexts = host.steering.contexts();
  private final RssContext main = contexts.get(RssContext.DEFAULT);
  private final Random random = new Random(9);

  @AfterEach
  void close() {
    host.close();
  }

  private ExamFrame flowTo(int port) {
    ExamFrame frame = ExamFrame.of(random.nextBoolean(), ExamFrame.TCP);
    frame.sourceHost = 2 + random.nextInt(100);
    frame.sourcePort = random.nextInt(1 << 16);
    frame.destinationPort = port;
    return frame;
  }

  /** The queues on which packets of many flows to a port arrive. */
  private Set<Integer> queuesOf(int port) {
    Set<Integer> queues = new TreeSet<>();
    for (int i = 0; i < FLOWS; i++) {
      queues.add(host.receiveOne(i % QUEUES, flowTo(port)).queue());
    }
    return queues;
  }

  private static Integer[] range(int first, int count) {
    Integer[] queues = new Integer[count];
    for (int i = 0; i < count; i++) {
      queues[i] = first + i;
    }
    return queues;
  }

  private int ruleFor(int port, RssContext context) {
    return host.steering
        .rules()
        .add(SteeringRule.all(SteeringAction.rss(context.id())).destinationPort(port));
  }

  @Test
  void theMainContextUsesEveryQueueAndThenThoseItIsLeft() {
    assertThat(queuesOf(80)).containsExactly(range(0, QUEUES));
    main.table(IndirectionTable.equal(2, 3));
    assertThat(queuesOf(80)).containsExactly(2, 3, 4);
    main.table(IndirectionTable.equal(1));
    assertThat(queuesOf(80)).containsExactly(0);
    main.table(IndirectionTable.equal(QUEUES));
    assertThat(queuesOf(80)).containsExactly(range(0, QUEUES));
  }

  @Test
  void weightsAreKeptToTheEntry() {
    IndirectionTable table = IndirectionTable.weighted(1, 0, 3, 4);
    int[] entries = new int[4];
    for (int i = 0; i < IndirectionTable.LENGTH; i++) {
      entries[table.entry(i)]++;
    }
    assertThat(entries).containsExactly(16, 0, 48, 64);
    main.table(table);
    int[] packets = new int[4];
    for (int i = 0; i < 4000; i++) {
      packets[host.receiveOne(0, flowTo(80)).queue()]++;
    }
    // 500, 1500 and 2000 are expected; five standard deviations are about 100, 150, 160.
    assertThat(packets[0]).isBetween(400, 600);
    assertThat(packets[1]).isZero();
    assertThat(packets[2]).isBetween(1350, 1650);
  }

  @Test
  void aTableAndAWeightThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> main.table(IndirectionTable.equal(QUEUES + 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("queue 16")
        .hasMessageContaining("0 to 15");
    assertThatThrownBy(() -> IndirectionTable.of(1, 2, 3)).hasMessageContaining("128");
    assertThatThrownBy(() -> IndirectionTable.weighted(0, 0)).hasMessageContaining("no queue");
    assertThatThrownBy(() -> IndirectionTable.weighted(1, -1)).hasMessageContaining("negative");
    assertThatThrownBy(() -> contexts.create(IndirectionTable.equal(QUEUES, 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(contexts.list()).containsExactly(main);
    assertThat(main.table()).isEqualTo(IndirectionTable.equal(QUEUES));
  }

  @Test
  void contextsKeepToTheirQueues() {
    main.table(IndirectionTable.equal(2));
    List<RssContext> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      made.add(contexts.create(IndirectionTable.equal(2 + 2 * i, 2)));
      ruleFor(5000 + i, made.get(i));
    }
    for (int i = 0; i < 7; i++) {
      assertThat(queuesOf(5000 + i)).as("context %d", i).containsExactly(2 + 2 * i, 3 + 2 * i);
    }
    assertThat(queuesOf(80)).as("everything else").containsExactly(0, 1);
    main.table(IndirectionTable.equal(15, 1));
    assertThat(queuesOf(5003)).as("another's change").containsExactly(8, 9);
    made.get(3).table(IndirectionTable.equal(0, 3));
    assertThat(queuesOf(5003)).as("its own").containsExactly(0, 1, 2);
    assertThat(queuesOf(80)).containsExactly(15);
  }

  @Test
  void contextsMayShareQueues() {
    RssContext wide = contexts.create(IndirectionTable.equal(4, 4));
    RssContext narrow = contexts.create(IndirectionTable.equal(6, 4));
    ruleFor(1000, wide);
    ruleFor(1001, narrow);
    assertThat(queuesOf(1000)).containsExactly(4, 5, 6, 7);
    assertThat(queuesOf(1001)).containsExactly(6, 7, 8, 9);
    main.table(IndirectionTable.equal(8));
    assertThat(queuesOf(80)).containsExactly(range(0, 8));
  }

  @Test
  void contextsGoInAnyOrder() {
    List<RssContext> made = new ArrayList<>();
    List<Integer> rules = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      made.add(contexts.create(IndirectionTable.equal(i, 1)));
      rules.add(ruleFor(6000 + i, made.get(i)));
    }
    for (int i : new int[] {3, 0, 4}) {
      host.steering.rules().remove(rules.get(i));
      contexts.remove(made.get(i).id());
    }
    for (int i : new int[] {1, 2, 5}) {
      assertThat(queuesOf(6000 + i)).containsExactly(i);
    }
    assertThat(queuesOf(6003)).as("without its rule").containsExactly(range(0, QUEUES));
    assertThat(contexts.create(IndirectionTable.equal(1)).id()).as("a free number").isEqualTo(1);
  }

  @Test
  void aContextHasAKeyOfItsOwn() {
    RssContext own = contexts.create(IndirectionTable.equal(8));
    ruleFor(7000, own);
    byte[] key = new byte[ToeplitzHash.KEY_LENGTH];
    random.nextBytes(key);
    own.key(key);
    for (int i = 0; i < 20; i++) {
      ExamFrame mine = flowTo(7000);
      Delivered delivered = host.receiveOne(0, mine);
      assertThat(delivered.hash()).isEqualTo(ReferenceHash.of(key, mine, true));
      assertThat(delivered.queue()).isEqualTo(delivered.hash() & 7);
      ExamFrame others = flowTo(80);
      assertThat(host.receiveOne(0, others).hash())
          .isEqualTo(ReferenceHash.of(ToeplitzHash.standardKey(), others, true));
    }
  }

  @Test
  void aContextStaysAsLongAsARuleNamesIt() {
    RssContext context = contexts.create(IndirectionTable.equal(2, 1));
    int rule = ruleFor(8000, context);
    assertThatThrownBy(() -> contexts.remove(context.id()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("in use");
    assertThat(queuesOf(8000)).containsExactly(2);
    host.steering.rules().remove(rule);
    contexts.remove(context.id());
    assertThatThrownBy(() -> ruleFor(8000, context))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no RSS context 1");
    assertThatThrownBy(() -> contexts.remove(context.id()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> contexts.remove(RssContext.DEFAULT)).hasMessageContaining("default");
  }

  @Test
  void contextsAreBounded() {
    for (int i = 1; i < RssContexts.MAX_CONTEXTS; i++) {
      contexts.create(IndirectionTable.equal(1));
    }
    assertThatThrownBy(() -> contexts.create(IndirectionTable.equal(1)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void noPacketIsLostOrTornWhileTableAndKeyChange() throws InterruptedException {
    byte[] otherKey = new byte[ToeplitzHash.KEY_LENGTH];
    random.nextBytes(otherKey);
    AtomicBoolean stop = new AtomicBoolean();
    Thread operator =
        new Thread(
            () -> {
              while (!stop.get()) {
                main.key(otherKey);
                main.table(IndirectionTable.equal(4));
                main.key(ToeplitzHash.standardKey());
                main.table(IndirectionTable.equal(8, 4));
              }
            });
    operator.start();
    try {
      for (int i = 0; i < 2000; i++) {
        ExamFrame frame = flowTo(80);
        Delivered delivered = host.receiveOne(i % QUEUES, frame);
        int one = ReferenceHash.of(ToeplitzHash.standardKey(), frame, true);
        int other = ReferenceHash.of(otherKey, frame, true);
        assertThat(delivered.hash()).isIn(one, other);
        int entry = delivered.hash() & 127;
        assertThat(delivered.queue()).isIn(entry % QUEUES, entry % 4, 8 + entry % 4);
      }
    } finally {
      stop.set(true);
      operator.join();
    }
  }
}
