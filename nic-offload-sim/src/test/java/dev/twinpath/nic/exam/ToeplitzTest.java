package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.exam.SteeredHost.Delivered;
import dev.twinpath.nic.flow.HashFields;
import dev.twinpath.nic.flow.RssContext;
import dev.twinpath.nic.flow.ToeplitzHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * After Linux's {@code toeplitz.py}: the hash that comes with a packet is the one that the key
 * gives, computed by somebody else, and the packet is on the queue that the indirection table has
 * for it.
 */
class ToeplitzTest {
  private static final int QUEUES = 16;
  private static final int FLOWS = 100;

  private final SteeredHost host = new SteeredHost(QUEUES);
  private final RssContext rss = host.steering.contexts().get(RssContext.DEFAULT);
  private final Random random = new Random(2026);

  @AfterEach
  void close() {
    host.close();
  }

  private ExamFrame randomFlow(boolean ipv6, int protocol) {
    ExamFrame frame = ExamFrame.of(ipv6, protocol);
    frame.source = new byte[ipv6 ? 16 : 4];
    frame.destination = new byte[ipv6 ? 16 : 4];
    random.nextBytes(frame.source);
    random.nextBytes(frame.destination);
    frame.sourcePort = random.nextInt(1 << 16);
    frame.destinationPort = random.nextInt(1 << 16);
    return frame;
  }

  private List<ExamFrame> randomFlows() {
    List<ExamFrame> flows = new ArrayList<>();
    for (int i = 0; i < FLOWS; i++) {
      flows.add(randomFlow(false, ExamFrame.TCP));
      flows.add(randomFlow(false, ExamFrame.UDP));
      flows.add(randomFlow(true, ExamFrame.TCP));
      flows.add(randomFlow(true, ExamFrame.UDP));
    }
    return flows;
  }

  /** Whatever queue of the wire a frame comes from. */
  private void check(byte[] key, ExamFrame frame, boolean ports) {
    int expected = ReferenceHash.of(key, frame, ports);
    Delivered delivered = host.receiveOne(random.nextInt(QUEUES), frame);
    assertThat(delivered.hash()).isEqualTo(expected);
    assertThat(delivered.queue()).isEqualTo(rss.table().entry(expected & 127));
    assertThat(delivered.bytes()).isEqualTo(frame.build());
  }

  @Test
  void theHashIsTheReferencesAndChoosesTheQueue() {
    for (ExamFrame frame : randomFlows()) {
      check(ToeplitzHash.standardKey(), frame, true);
    }
    assertThat(host.sum(c -> c.hashSpread())).isEqualTo(4 * FLOWS);
  }

  @Test
  void aKeyCountsFromTheNextPacketOn() {
    for (int round = 0; round < 8; round++) {
      byte[] key = new byte[ToeplitzHash.KEY_LENGTH];
      random.nextBytes(key);
      rss.key(key);
      for (int i = 0; i < 10; i++) {
        check(key, randomFlow(i % 2 == 0, i % 4 < 2 ? ExamFrame.TCP : ExamFrame.UDP), true);
      }
    }
  }

  @Test
  void portsCountOnlyForTheTypesThatWereAskedFor() {
    byte[] key = ToeplitzHash.standardKey();
    rss.fields(new HashFields(true, false, false, true));
    for (int i = 0; i < 10; i++) {
      check(key, randomFlow(false, ExamFrame.TCP), true);
      check(key, randomFlow(false, ExamFrame.UDP), false);
      check(key, randomFlow(true, ExamFrame.TCP), false);
      check(key, randomFlow(true, ExamFrame.UDP), true);
    }
    rss.fields(HashFields.ADDRESSES);
    for (ExamFrame frame : randomFlows()) {
      check(key, frame, false);
    }
  }

  @Test
  void fragmentsOfADatagramStayTogether() {
    ExamFrame first = randomFlow(false, ExamFrame.UDP);
    first.fragment = 0x2000;
    ExamFrame last = randomFlow(false, ExamFrame.UDP);
    last.source = first.source;
    last.destination = first.destination;
    last.fragment = 2;
    check(ToeplitzHash.standardKey(), first, false);
    check(ToeplitzHash.standardKey(), last, false);
    check(ToeplitzHash.standardKey(), randomFlow(true, ExamFrame.UDP).fragment6(0, true), false);
  }

  @Test
  void tagsAndExtensionHeadersDoNotCount() {
    byte[] key = ToeplitzHash.standardKey();
    check(key, randomFlow(false, ExamFrame.TCP).tag(0x8100, 100), true);
    check(key, randomFlow(true, ExamFrame.TCP).tag(0x88a8, 7).tag(0x8100, 100), true);
    check(key, randomFlow(true, ExamFrame.UDP).extension(60, new byte[8]), true);
  }

  @Test
  void otherProtocolsAreHashedByTheirAddresses() {
    ExamFrame echo = randomFlow(false, ExamFrame.UDP);
    echo.protocol = 47;
    check(ToeplitzHash.standardKey(), echo, false);
    byte[] notIp = new byte[60];
    notIp[12] = (byte) 0x88;
    notIp[13] = (byte) 0xcc;
    List<Delivered> delivered = host.receive(3, notIp);
    assertThat(delivered).hasSize(1);
    assertThat(delivered.get(0).hash()).isZero();
    assertThat(delivered.get(0).queue()).isEqualTo(rss.table().entry(0));
  }

  @Test
  void aSymmetricKeyPutsBothDirectionsOnOneQueue() {
    byte[] key = ToeplitzHash.symmetricKey(0x6d5a);
    rss.key(key);
    for (ExamFrame there : randomFlows()) {
      ExamFrame back = ExamFrame.of(there.ipv6, there.protocol);
      back.source = there.destination;
      back.destination = there.source;
      back.sourcePort = there.destinationPort;
      back.destinationPort = there.sourcePort;
      check(key, there, true);
      check(key, back, true);
      assertThat(ReferenceHash.of(key, there, true)).isEqualTo(ReferenceHash.of(key, back, true));
    }
  }
}
