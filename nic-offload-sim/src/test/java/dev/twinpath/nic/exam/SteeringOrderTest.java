package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.exam.SteeredHost.Delivered;
import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.flow.IndirectionTable;
import dev.twinpath.nic.flow.ListenerRules;
import dev.twinpath.nic.flow.RssContext;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Flows, listeners, and what belongs to everybody: one function decides a packet's queue, and the
 * more specific table decides first.
 */
class SteeringOrderTest {
  private static final int QUEUES = 16;
  private static final int LOCAL = 0x0a090001;
  private static final int REMOTE = 0x0a090002;
  private static final int ICMP = 1;
  private static final int ICMP6 = 58;

  private final SteeredHost host = new SteeredHost(QUEUES);
  private final ListenerRules listeners = host.steering.listeners();

  @AfterEach
  void close() {
    host.close();
  }

  private static ExamFrame tcp4() {
    return ExamFrame.v4(ExamFrame.TCP);
  }

  /** Two addresses of the frames of {@link ExamFrame#v6} in memory. */
  private static long addresses6(Arena arena) {
    byte[] both =
        ExamFrame.join(
            ExamFrame.v6(ExamFrame.TCP).destinationAddress(),
            ExamFrame.v6(ExamFrame.TCP).sourceAddress());
    long at = arena.allocate(32, 8).address();
    Memory.copy(both, 0, at, 32);
    return at;
  }

  @Test
  void aFlowIsOnItsQueueWhateverItsHash() {
    try (Arena arena = Arena.ofConfined()) {
      long six = addresses6(arena);
      for (int queue = 0; queue < QUEUES; queue++) {
        int port = 20_000 + queue;
        var flows = host.nic.queuePair(queue).flowTable();
        assertThat(flows.insert(6, LOCAL, 8000, REMOTE, port, queue + 100)).isTrue();
        assertThat(flows.insert6(17, six, 8000, six + 16, port, queue + 200)).isTrue();
        ExamFrame four = tcp4();
        four.sourcePort = port;
        Delivered delivered = host.receiveOne(0, four);
        assertThat(delivered.queue()).isEqualTo(queue);
        assertThat(delivered.tag()).isEqualTo(queue + 100);
        ExamFrame udp = ExamFrame.v6(ExamFrame.UDP);
        udp.sourcePort = port;
        delivered = host.receiveOne(1, udp);
        assertThat(delivered.queue()).isEqualTo(queue);
        assertThat(delivered.tag()).isEqualTo(queue + 200);
      }
      assertThat(host.sum(c -> c.flowMatches())).isEqualTo(2 * QUEUES);
      // All but those that the wire gave to the right queue by chance.
      assertThat(host.sum(c -> c.crossbarOut())).isEqualTo(2 * QUEUES - 2);
      assertThat(host.sum(c -> c.crossbarIn())).isEqualTo(2 * QUEUES - 2);
      assertThat(host.sum(c -> c.crossbarOutBytes())).isEqualTo(host.sum(c -> c.crossbarInBytes()));
    }
  }

  @Test
  void aBrokenPacketOfAFlowComesWithoutItsTag() {
    host.nic.queuePair(6).flowTable().insert(6, LOCAL, 8000, REMOTE, 1500, 5);
    byte[] broken = tcp4().build();
    broken[50] ^= 1;
    List<Delivered> delivered = host.receive(0, broken);
    assertThat(delivered).hasSize(1);
    assertThat(delivered.get(0).queue()).isEqualTo(6);
    assertThat(delivered.get(0).tag()).isEqualTo(FlowTable.NONE);
    assertThat(delivered.get(0).flags() & ReceiveFlags.L4_BAD).isNotZero();
  }

  @Test
  void newConnectionsGoToQueuesThatListen() {
    assertThat(listeners.add(6, LOCAL, 8000, 7, 70)).isTrue();
    assertThat(listeners.add(6, LOCAL, 8000, 7, 71)).as("again").isFalse();
    for (int port = 1; port < 100; port++) {
      ExamFrame syn = tcp4();
      syn.sourcePort = port;
      Delivered delivered = host.receiveOne(port % QUEUES, syn);
      assertThat(delivered.queue()).as("the only one that listens").isEqualTo(7);
      assertThat(delivered.tag()).isEqualTo(70);
      assertThat(delivered.flags() & ReceiveFlags.LISTENER).isNotZero();
    }
    ExamFrame udp = ExamFrame.v4(ExamFrame.UDP);
    Delivered other = host.receiveOne(0, udp);
    assertThat(other.flags() & ReceiveFlags.LISTENER).as("of another protocol").isZero();
    assertThat(other.queue()).isEqualTo(other.hash() & QUEUES - 1);
    assertThat(listeners.remove(6, LOCAL, 8000, 7)).isTrue();
    assertThat(listeners.remove(6, LOCAL, 8000, 7)).isFalse();
    Delivered unwanted = host.receiveOne(0, tcp4());
    assertThat(unwanted.tag()).isEqualTo(FlowTable.NONE);
    assertThat(unwanted.queue()).as("somebody must refuse it").isEqualTo(unwanted.hash() & 15);
    assertThat(host.sum(c -> c.listenerMatches())).isEqualTo(99);
  }

  @Test
  void whereAllListenTheHashDecidesAndWhereSomeDoItStaysAmongThem() {
    for (int queue = 0; queue < QUEUES; queue++) {
      listeners.add(6, 0, 80, queue, queue);
    }
    for (int queue : new int[] {12, 2, 9}) {
      listeners.add(6, 0, 81, queue, queue);
    }
    int[] packets = new int[QUEUES];
    for (int port = 1000; port < 2000; port++) {
      ExamFrame frame = ExamFrame.of(port % 2 == 0, ExamFrame.TCP);
      frame.sourcePort = port;
      frame.destinationPort = 80;
      Delivered delivered = host.receiveOne(0, frame);
      assertThat(delivered.queue()).isEqualTo(delivered.hash() & 15).isEqualTo(delivered.tag());
      frame.destinationPort = 81;
      delivered = host.receiveOne(0, frame);
      assertThat(delivered.tag()).isEqualTo(delivered.queue());
      packets[delivered.queue()]++;
    }
    assertThat(packets[2] + packets[9] + packets[12]).isEqualTo(1000);
    assertThat(packets[2]).isBetween(200, 470);
    assertThat(packets[9]).isBetween(200, 470);
  }

  @Test
  void aWireThatSpreadsFlowsItselfIsBelievedWhereItsQueueListens() {
    for (int queue = 0; queue < 8; queue++) {
      listeners.add(6, 0, 8000, queue, queue);
    }
    host.steering.keepArrivals(true);
    for (int port = 1000; port < 1100; port++) {
      ExamFrame frame = tcp4();
      frame.sourcePort = port;
      int arrival = port % QUEUES;
      Delivered delivered = host.receiveOne(arrival, frame);
      assertThat(delivered.tag()).isEqualTo(delivered.queue());
      if (arrival < 8) {
        assertThat(delivered.queue()).isEqualTo(arrival);
      } else {
        assertThat(delivered.queue()).as("one that listens").isLessThan(8);
      }
    }
    host.steering.keepArrivals(false);
    Delivered delivered = host.receiveOne(3, tcp4());
    int named = delivered.hash() & QUEUES - 1;
    assertThat(delivered.queue()).isEqualTo(named < 8 ? named : (delivered.hash() & 127) % 8);
  }

  @Test
  void aListenerOnOneAddressComesBeforeOneOnAny() {
    try (Arena arena = Arena.ofConfined()) {
      long six = addresses6(arena);
      listeners.add(6, 0, 8000, 1, 10);
      listeners.add(6, LOCAL, 8000, 2, 20);
      listeners.add6(6, six, 8000, 3, 30);
      assertThat(host.receiveOne(0, tcp4()).tag()).isEqualTo(20);
      assertThat(host.receiveOne(0, ExamFrame.v6(ExamFrame.TCP)).tag()).isEqualTo(30);
      ExamFrame elsewhere = tcp4();
      elsewhere.destination = new byte[] {10, 9, 0, 77};
      assertThat(host.receiveOne(0, elsewhere).tag()).isEqualTo(10);
      listeners.remove6(6, six, 8000, 3);
      assertThat(host.receiveOne(0, ExamFrame.v6(ExamFrame.TCP)).tag()).isEqualTo(10);
    }
  }

  @Test
  void aFlowComesBeforeAListener() {
    listeners.add(6, 0, 8000, 1, 10);
    host.nic.queuePair(2).flowTable().insert(6, LOCAL, 8000, REMOTE, 1500, 20);
    Delivered delivered = host.receiveOne(1, tcp4());
    assertThat(delivered.queue()).isEqualTo(2);
    assertThat(delivered.tag()).isEqualTo(20);
    assertThat(delivered.flags() & ReceiveFlags.LISTENER).isZero();
  }

  /** An error of ICMP about a packet that we sent: addresses and ports the other way round. */
  private static byte[] error(ExamFrame received, int type) {
    ExamFrame sent = ExamFrame.of(received.ipv6, received.protocol);
    sent.source = received.destinationAddress();
    sent.destination = received.sourceAddress();
    sent.sourcePort = received.destinationPort;
    sent.destinationPort = received.sourcePort;
    byte[] packet = sent.build();
    byte[] quoted = ExamFrame.slice(packet, 14, received.ipv6 ? 60 : 28);
    byte[] message = ExamFrame.join(new byte[] {(byte) type, 1, 0, 0, 0, 0, 0, 0}, quoted);
    return icmp(received, message);
  }

  private static byte[] icmp(ExamFrame like, byte[] message) {
    ExamFrame carrier = ExamFrame.of(like.ipv6, ExamFrame.UDP);
    carrier.payload = new byte[message.length - 8];
    byte[] frame = carrier.build();
    System.arraycopy(message, 0, frame, frame.length - message.length, message.length);
    frame[like.ipv6 ? 20 : 23] = (byte) (like.ipv6 ? ICMP6 : ICMP);
    if (!like.ipv6) {
      ExamFrame.put16(frame, 24, 0);
      ExamFrame.put16(frame, 24, ~ExamFrame.sum(ExamFrame.slice(frame, 14, 20)) & 0xffff);
    }
    return frame;
  }

  @Test
  void anIcmpErrorGoesWhereThePacketThatItQuotesBelongs() {
    try (Arena arena = Arena.ofConfined()) {
      long six = addresses6(arena);
      for (int queue = 0; queue < QUEUES; queue++) {
        ExamFrame four = tcp4();
        four.sourcePort = 3000 + queue;
        host.nic.queuePair(queue).flowTable().insert(6, LOCAL, 8000, REMOTE, 3000 + queue, 1);
        List<Delivered> delivered = host.receive(0, error(four, 3));
        assertThat(delivered).hasSize(1);
        assertThat(delivered.get(0).queue()).isEqualTo(queue);
        assertThat(delivered.get(0).tag()).as("it is none of the flow's").isEqualTo(-1);
        ExamFrame sixth = ExamFrame.v6(ExamFrame.TCP);
        sixth.sourcePort = 3000 + queue;
        host.nic.queuePair(queue).flowTable().insert6(6, six, 8000, six + 16, 3000 + queue, 1);
        delivered = host.receive(1, error(sixth, 2));
        assertThat(delivered).extracting(Delivered::queue).containsExactly(queue);
      }
      ExamFrame unknown = tcp4();
      unknown.sourcePort = 9;
      Delivered delivered = host.receive(0, error(unknown, 3)).get(0);
      assertThat(delivered.queue()).isEqualTo(delivered.hash() & 15);
      byte[] echo = new byte[8];
      echo[0] = 8;
      assertThat(host.receive(0, icmp(tcp4(), echo))).as("one answers").hasSize(1);
      byte[] shortened = {3, 1, 0, 0, 0, 0, 0, 0, 0x45, 0};
      assertThat(host.receive(0, icmp(tcp4(), shortened))).hasSize(1);
    }
  }

  private void checkEverybody(byte[] frame) {
    List<Delivered> delivered = host.receive(5, frame);
    assertThat(delivered).hasSize(QUEUES).extracting(Delivered::bytes).containsOnly(frame);
    for (Delivered copy : delivered) {
      boolean replica = (copy.flags() & ReceiveFlags.REPLICA) != 0;
      assertThat(replica).as("queue %d", copy.queue()).isEqualTo(copy.queue() != 5);
    }
  }

  @Test
  void neighboursAreEverybodysAndOneAnswers() {
    byte[] arp = new byte[60];
    arp[12] = 8;
    arp[13] = 6;
    checkEverybody(arp);
    byte[] solicitation = new byte[24];
    solicitation[0] = (byte) 135;
    checkEverybody(icmp(ExamFrame.v6(ExamFrame.UDP), solicitation));
    assertThat(host.sum(c -> c.everybody())).isEqualTo(2);
    assertThat(host.sum(c -> c.crossbarOut())).isEqualTo(2 * (QUEUES - 1));
  }

  @Test
  void aQueueThatTakesNothingCostsItsOwnFrames() {
    var deaf = host.nic.queuePair(4);
    deaf.flowTable().insert(6, LOCAL, 8000, REMOTE, 1500, 1);
    int given = 0;
    // Its host does no work any more: what is meant for it fills the ring, and then is lost.
    while (host.nic.queuePair(0).counters().crossbarFull() == 0 && given < 10_000) {
      host.give(0, tcp4().build());
      host.nic.queuePair(0).doWork(0);
      given++;
    }
    long handedOver = host.nic.queuePair(0).counters().crossbarOut();
    assertThat(handedOver).isEqualTo(given - 1).isGreaterThan(1000);
    ExamFrame others = tcp4();
    others.sourcePort = 2;
    host.steering.contexts().get(RssContext.DEFAULT).table(IndirectionTable.equal(1));
    assertThat(host.receive(0, others.build())).hasSize((int) handedOver + 1);
  }

  @Test
  void oneAgentServesAllQueuesAlike() {
    NicConfig config =
        NicConfig.defaults(1).withQueuePairs(4).withMode(dev.twinpath.nic.device.DeviceMode.AGENT);
    try (SteeredHost served = new SteeredHost(config)) {
      served.nic.queuePair(3).flowTable().insert(6, LOCAL, 8000, REMOTE, 1500, 9);
      served.nic.queuePair(0).flowTable().insert(6, LOCAL, 8000, REMOTE, 1501, 8);
      assertThat(served.receiveOne(0, tcp4()).queue()).isEqualTo(3);
      ExamFrame back = tcp4();
      back.sourcePort = 1501;
      assertThat(served.receiveOne(3, back).queue()).isEqualTo(0);
      byte[] arp = new byte[60];
      arp[12] = 8;
      arp[13] = 6;
      assertThat(served.receive(2, arp)).hasSize(4);
    }
  }
}
