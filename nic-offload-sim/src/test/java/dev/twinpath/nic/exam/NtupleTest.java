package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.exam.SteeredHost.Delivered;
import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.flow.IndirectionTable;
import dev.twinpath.nic.flow.RssContext;
import dev.twinpath.nic.flow.SteeringAction;
import dev.twinpath.nic.flow.SteeringRule;
import dev.twinpath.nic.flow.SteeringRules;
import dev.twinpath.nic.offload.ReceiveFlags;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * After Linux's {@code ntuple.py}: rules on each field alone and together, by priority, to a queue,
 * to a context, to the exception port, to nowhere; what they do not name goes on as before.
 */
class NtupleTest {
  private static final int QUEUES = 16;
  private static final int TARGET = 11;

  private final SteeredHost host = new SteeredHost(QUEUES);
  private final SteeringRules rules = host.steering.rules();

  /** Without a rule everything is on queue 0. */
  @BeforeEach
  void spreadOverOneQueue() {
    host.steering.contexts().get(RssContext.DEFAULT).table(IndirectionTable.equal(1));
  }

  @AfterEach
  void close() {
    host.close();
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static ExamFrame tcp4() {
    return ExamFrame.v4(ExamFrame.TCP);
  }

  private static ExamFrame tcp6() {
    return ExamFrame.v6(ExamFrame.TCP);
  }

  private static ExamFrame from(ExamFrame frame, int port) {
    frame.sourcePort = port;
    return frame;
  }

  private static ExamFrame to(ExamFrame frame, int port) {
    frame.destinationPort = port;
    return frame;
  }

  private static ExamFrame source(String address) {
    ExamFrame frame = ExamFrame.of(address.contains(":"), ExamFrame.TCP);
    frame.source = address(address).getAddress();
    return frame;
  }

  private int queueOf(ExamFrame frame) {
    return host.receiveOne(5, frame).queue();
  }

  /** A rule to the target takes the first frames and not the others. */
  private void check(UnaryOperator<SteeringRule> rule, ExamFrame[] matching, ExamFrame... others) {
    int id = rules.add(rule.apply(SteeringRule.all(SteeringAction.toQueue(TARGET))));
    for (ExamFrame frame : matching) {
      assertThat(queueOf(frame)).as("%s", rules.list()).isEqualTo(TARGET);
    }
    for (ExamFrame frame : others) {
      assertThat(queueOf(frame)).as("%s", rules.list()).isZero();
    }
    assertThat(rules.hits(id)).isEqualTo(matching.length);
    assertThat(rules.remove(id)).isTrue();
    assertThat(queueOf(matching[0])).as("without the rule").isZero();
  }

  private static ExamFrame[] these(ExamFrame... frames) {
    return frames;
  }

  @Test
  void portsAloneAndInRanges() {
    check(r -> r.destinationPort(80), these(to(tcp4(), 80), to(tcp6(), 80)), to(tcp4(), 81));
    check(r -> r.sourcePort(9), these(from(tcp4(), 9)), from(tcp4(), 10), to(tcp4(), 9));
    check(
        r -> r.destinationPorts(1000, 1010),
        these(to(tcp4(), 1000), to(tcp6(), 1005), to(ExamFrame.v4(ExamFrame.UDP), 1010)),
        to(tcp4(), 999),
        to(tcp4(), 1011));
    check(
        r -> r.sourcePorts(0, 99).destinationPorts(65535, 65535),
        these(to(from(tcp4(), 0), 65535), to(from(tcp4(), 99), 65535)),
        to(from(tcp4(), 100), 65535),
        to(from(tcp4(), 0), 65534));
  }

  @Test
  void addressesByPrefix() {
    check(
        r -> r.source(address("10.9.0.2"), 32),
        these(source("10.9.0.2")),
        source("10.9.0.3"),
        tcp6());
    check(
        r -> r.source(address("172.16.3.4"), 12),
        these(source("172.16.0.0"), source("172.31.255.255")),
        source("172.32.0.0"),
        source("172.15.255.255"));
    check(r -> r.destination(address("0.0.0.0"), 0), these(tcp4()), tcp6());
    check(
        r -> r.source(address("2001:db8:1:2::"), 64),
        these(source("2001:db8:1:2::5"), source("2001:db8:1:2:ffff::")),
        source("2001:db8:1:3::5"),
        tcp4());
    check(
        r -> r.source(address("fd09::100"), 120),
        these(source("fd09::1ff")),
        source("fd09::200"),
        source("fd0a::1ff"));
    check(r -> r.destination(address("fd09::1"), 128), these(tcp6()), tcp4());
  }

  @Test
  void protocolTypeAndVlan() {
    check(r -> r.protocol(17), these(ExamFrame.v4(17), ExamFrame.v6(17)), tcp4(), tcp6());
    check(r -> r.etherType(0x86dd), these(tcp6(), tcp6().tag(0x8100, 3)), tcp4());
    check(
        r -> r.vlan(100),
        these(tcp4().tag(0x8100, 0xe000 | 100), tcp6().tag(0x8100, 100).tag(0x8100, 5)),
        tcp4(),
        tcp4().tag(0x8100, 101),
        tcp4().tag(0x8100, 5).tag(0x8100, 100));
    check(r -> r.vlan(0), these(tcp4().tag(0x8100, 0x2000)), tcp4());
  }

  @Test
  void allFieldsTogether() {
    check(
        r ->
            r.protocol(6)
                .source(address("10.9.0.2"), 32)
                .destination(address("10.9.0.1"), 32)
                .sourcePort(1500)
                .destinationPort(8000),
        these(tcp4()),
        from(tcp4(), 1501),
        to(tcp4(), 8001),
        source("10.9.0.3"),
        ExamFrame.v4(ExamFrame.UDP));
    check(r -> r, these(tcp4(), tcp6(), ExamFrame.v4(ExamFrame.UDP)));
  }

  @Test
  void fragmentsHaveNoPorts() {
    ExamFrame fragment = ExamFrame.v4(ExamFrame.UDP);
    fragment.fragment = 0x2000;
    check(r -> r.destinationPort(8000), these(ExamFrame.v4(ExamFrame.UDP)), fragment);
    check(r -> r.protocol(17), these(fragment));
  }

  @Test
  void theLowestPriorityFirstAndTheOlderOfTwo() {
    int last = rules.add(SteeringRule.all(SteeringAction.toQueue(3)).priority(30));
    int older = rules.add(SteeringRule.all(SteeringAction.toQueue(2)).priority(20));
    int newer = rules.add(SteeringRule.all(SteeringAction.toQueue(4)).priority(20));
    int first = rules.add(SteeringRule.all(SteeringAction.toQueue(1)).priority(-5).vlan(9));
    assertThat(rules.list())
        .extracting(SteeringRules.Listed::id)
        .containsExactly(first, older, newer, last);
    assertThat(queueOf(tcp4().tag(0x8100, 9))).isEqualTo(1);
    assertThat(queueOf(tcp4())).isEqualTo(2);
    rules.remove(older);
    assertThat(queueOf(tcp4())).isEqualTo(4);
    rules.remove(newer);
    assertThat(queueOf(tcp4())).isEqualTo(3);
    assertThat(rules.hits(last)).isEqualTo(1);
    assertThat(rules.remove(older)).as("gone already").isFalse();
    assertThat(host.sum(c -> c.ruleMatches())).isEqualTo(4);
  }

  @Test
  void whatIsDroppedIsCountedAndGoneBeforeAnyHost() {
    int rule = rules.add(SteeringRule.all(SteeringAction.drop()).protocol(17));
    for (int i = 0; i < 100; i++) {
      assertThat(host.receive(i % QUEUES, ExamFrame.v4(ExamFrame.UDP).build())).isEmpty();
    }
    assertThat(queueOf(tcp4())).isZero();
    assertThat(rules.hits(rule)).isEqualTo(100);
    assertThat(host.sum(c -> c.steeringDrops())).isEqualTo(100);
    assertThat(host.sum(c -> c.receivedPackets())).isEqualTo(1);
  }

  @Test
  void exceptionsGoToTheirQueueWithAMark() {
    host.steering.exceptionQueue(9);
    host.nic.queuePair(3).flowTable().insert(6, 0x0a090001, 8000, 0x0a090002, 1500, 77);
    rules.add(SteeringRule.all(SteeringAction.exception()).source(address("10.9.0.2"), 32));
    Delivered delivered = host.receiveOne(2, tcp4());
    assertThat(delivered.queue()).isEqualTo(9);
    assertThat(delivered.flags() & ReceiveFlags.EXCEPTION).isNotZero();
    assertThat(delivered.tag()).isEqualTo(FlowTable.NONE);
    assertThat(host.receiveOne(2, source("10.9.0.3")).flags() & ReceiveFlags.EXCEPTION).isZero();
    assertThat(host.sum(c -> c.exceptions())).isEqualTo(1);
    assertThatThrownBy(() -> host.steering.exceptionQueue(QUEUES))
        .hasMessageContaining("no queue 16");
  }

  @Test
  void aRuleMayMatchWhatIsNotIp() {
    byte[] arp = new byte[60];
    arp[12] = 8;
    arp[13] = 6;
    assertThat(host.receive(4, arp)).as("to every queue").hasSize(QUEUES);
    rules.add(SteeringRule.all(SteeringAction.drop()).etherType(0x0806));
    assertThat(host.receive(4, arp)).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    SteeringRule any = SteeringRule.all(SteeringAction.drop());
    assertThatThrownBy(() -> rules.add(SteeringRule.all(SteeringAction.toQueue(QUEUES))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no queue 16");
    assertThatThrownBy(() -> any.destinationPort(65536)).hasMessageContaining("65535");
    assertThatThrownBy(() -> any.destinationPorts(5, 4)).hasMessageContaining("from 5 to 4");
    assertThatThrownBy(() -> any.vlan(4096)).hasMessageContaining("4095");
    assertThatThrownBy(() -> any.source(address("10.0.0.0"), 33)).hasMessageContaining("33 bits");
    assertThatThrownBy(() -> any.source(address("10.0.0.0"), 8).destination(address("fd09::"), 16))
        .hasMessageContaining("two rules");
    assertThat(rules.list()).isEmpty();
  }

  @Test
  void rulesAreBoundedAndTheLastOneIsFound() {
    for (int i = 0; i < SteeringRules.MAX_RULES; i++) {
      rules.add(SteeringRule.all(SteeringAction.toQueue(i % QUEUES)).destinationPort(10_000 + i));
    }
    assertThat(queueOf(to(tcp4(), 10_000 + 1023))).isEqualTo(1023 % QUEUES);
    assertThat(queueOf(to(tcp4(), 11_024))).isZero();
    assertThatThrownBy(() -> rules.add(SteeringRule.all(SteeringAction.drop())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("1024");
  }

  @Test
  void aPacketOfAFlowKeepsItsTagWhenARuleSendsItToTheFlowsQueue() {
    host.nic.queuePair(3).flowTable().insert(6, 0x0a090001, 8000, 0x0a090002, 1500, 77);
    int rule = rules.add(SteeringRule.all(SteeringAction.toQueue(3)));
    assertThat(host.receiveOne(0, tcp4()).tag()).isEqualTo(77);
    rules.remove(rule);
    rules.add(SteeringRule.all(SteeringAction.toQueue(4)));
    Delivered delivered = host.receiveOne(0, tcp4());
    assertThat(delivered.queue()).as("the operator's word").isEqualTo(4);
    assertThat(delivered.tag()).isEqualTo(FlowTable.NONE);
  }
}
