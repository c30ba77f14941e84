package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.VlanTag;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.lang.foreign.Arena;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is particular to packet sockets; what every wire does is in the contract. */
@RequiresRoot(commands = {"tc", "ethtool"})
class PacketSocketWireTest {
  private static final long OTHER_MAC = 0x02_00_00_00_00_77L;
  private static final long GROUP_MAC = 0x01_00_5e_00_00_01L;

  private final Arena arena = Arena.ofShared();
  private final long slab = arena.allocate(70_000, 64).address();
  private VethPair pair;
  private long now = 1_000_000;

  @BeforeEach
  void lay() {
    pair = new VethPair();
  }

  @AfterEach
  void remove() {
    pair.close();
    arena.close();
  }

  private PacketSocketWire left(long mac) {
    return pair.left().call(() -> PacketSocketWire.open(VethPair.LEFT, 1, mac, () -> now));
  }

  private PacketSocketWire right() {
    return pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 1));
  }

  private Frame plain(long to, int length) {
    EthernetHeader.write(slab, to, Packets.OUR_MAC, 0x1234);
    Frame frame = new Frame();
    frame.add(slab, length);
    return frame;
  }

  @Test
  void aVlanTagArrivesInTheFrame() {
    try (PacketSocketWire left = left(-1);
        PacketSocketWire right = right();
        RawEnd from = new RawEnd(left);
        RawEnd to = new RawEnd(right)) {
      EthernetHeader.write(slab, Packets.PEER_MAC, Packets.OUR_MAC, VlanTag.TYPE_CUSTOMER);
      Memory.putShortBE(slab + 14, 0x6005);
      int headers = Packets.tcp4(slab + 2000, 1, 0, new byte[0], 20_000, Packets.PEER_MAC);
      Memory.copy(slab + 2000 + 12, slab + 16, headers - 12L);
      int start = Packets.TRANSPORT4 + VlanTag.LENGTH;
      Frame frame = new Frame();
      frame.add(slab, headers + VlanTag.LENGTH + 20_000);
      frame.headerLength(headers + VlanTag.LENGTH);
      frame.requestChecksum(start, 16);
      frame.requestSegmentation(Frame.GSO_TCP4, 1400);
      assertThat(from.send(frame)).isZero();
      int length = to.take();
      assertThat(to.bytes(length)).isEqualTo(Memory.toArray(slab, frame.totalLength()));
      assertThat(to.context.checksumStart()).isEqualTo(start);
      assertThat(to.context.gsoSize()).isEqualTo(1400);
      assertThat(to.context.needsChecksum()).isTrue();
      // No room for the tag is no room for the frame.
      assertThat(from.send(frame)).isZero();
      assertThat(to.look(frame.totalLength() - 1)).contains(-Errno.EMSGSIZE);
    }
  }

  @Test
  void anInterfaceThatGoesDownLosesFramesAndRecovers() {
    try (PacketSocketWire left = left(-1);
        RawEnd end = new RawEnd(left);
        TestHost host = new TestHost(Packets.OUR_MAC, left)) {
      host.send(new byte[60]);
      assertThat(host.queue.counters().wireDrops()).isZero();
      pair.left().exec("ip", "link", "set", VethPair.LEFT, "down").check();
      host.send(new byte[60]);
      host.poll();
      assertThat(host.queue.counters().wireDrops()).isEqualTo(1);
      assertThat(end.queue().armInterrupt()).isTrue();
      assertThat(end.isWokenWithin(50)).as("sleeps").isFalse();
      pair.left().exec("ip", "link", "set", VethPair.LEFT, "up").check();
      host.send(new byte[60]);
      assertThat(host.queue.counters().wireDrops()).isEqualTo(1);
    }
  }

  @Test
  void anInterfaceThatIsDeletedFallsSilent() {
    try (PacketSocketWire left = left(-1);
        RawEnd end = new RawEnd(left);
        TestHost host = new TestHost(Packets.OUR_MAC, left)) {
      pair.left().exec("ip", "link", "delete", VethPair.LEFT).check();
      host.send(new byte[60]);
      host.send(new byte[60]);
      host.poll();
      assertThat(host.completed).hasSize(2);
      assertThat(host.queue.counters().wireDrops()).isEqualTo(2);
      assertThat(end.queue().armInterrupt()).isTrue();
      assertThat(end.isWokenWithin(50)).as("sleeps").isFalse();
    }
  }

  @Test
  void anInterfaceWithoutACarrierLosesFramesAtOnce() {
    pair.right().exec("ip", "link", "set", VethPair.RIGHT, "down").check();
    try (PacketSocketWire left = left(-1);
        RawEnd end = new RawEnd(left)) {
      assertThat(end.queue().transmit(plain(Packets.PEER_MAC, 60))).isEqualTo(-Errno.ENOBUFS);
      assertThat(left.driverDrops()).isEqualTo(1);
      assertThat(end.queue().armInterrupt()).isTrue();
    }
  }

  @Test
  void whatIsNotTakenInTimeIsCounted() {
    try (PacketSocketWire left = left(-1);
        PacketSocketWire right = right();
        RawEnd from = new RawEnd(left);
        RawEnd to = new RawEnd(right)) {
      int sent = 20_000;
      for (int i = 0; i < sent; i++) {
        assertThat(from.send(plain(Packets.PEER_MAC, 1514))).isZero();
      }
      int taken = 0;
      while (to.look(2000).isPresent()) {
        taken++;
      }
      assertThat(taken).isPositive();
      assertThat(to.queue().receiveOverruns()).isEqualTo(sent - taken).isPositive();
      assertThat(to.queue().receiveOverruns()).as("still").isEqualTo(sent - taken);
    }
  }

  @Test
  void aPacketBeyondTheMtuIsRefused() {
    try (PacketSocketWire left = left(-1);
        RawEnd from = new RawEnd(left)) {
      assertThat(left.mtu()).isEqualTo(1500);
      assertThat(from.queue().transmit(plain(Packets.PEER_MAC, 1514))).isZero();
      assertThat(from.queue().transmit(plain(Packets.PEER_MAC, 1600))).isEqualTo(-Errno.EMSGSIZE);
    }
  }

  @Test
  void onlyFramesForTheNicComeIn() {
    try (PacketSocketWire left = left(-1);
        PacketSocketWire right =
            pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 1, Packets.PEER_MAC));
        RawEnd from = new RawEnd(left);
        RawEnd to = new RawEnd(right)) {
      long[] addresses = {
        OTHER_MAC,
        Packets.PEER_MAC,
        GROUP_MAC,
        Packets.PEER_MAC ^ 1L << 40 ^ 1L << 41,
        EthernetHeader.BROADCAST,
        Packets.PEER_MAC ^ 1L << 33,
        Packets.PEER_MAC ^ 1,
      };
      for (long address : addresses) {
        assertThat(from.send(plain(address, 60))).isZero();
      }
      for (int expected : new int[] {1, 2, 3, 4}) {
        to.take();
        assertThat(EthernetHeader.destination(to.buffer)).isEqualTo(addresses[expected]);
      }
      assertThat(to.look(2000)).isEqualTo(Optional.empty());
    }
  }

  @Test
  void whatTheKernelSendsThereIsNotOurs() {
    pair.left().exec("ip", "address", "add", "10.9.0.1/24", "dev", VethPair.LEFT).check();
    try (PacketSocketWire left = left(-1);
        PacketSocketWire right = right();
        RawEnd ours = new RawEnd(left);
        RawEnd far = new RawEnd(right)) {
      pair.left().shell("ping -c 1 -W 1 10.9.0.77");
      far.take();
      assertThat(EthernetHeader.type(far.buffer)).isEqualTo(EthernetHeader.TYPE_ARP);
      assertThat(ours.look(2000)).isEqualTo(Optional.empty());
    }
  }

  @Test
  void theKernelCutsForAnInterfaceThatCannot() {
    String off = "ethtool -K " + VethPair.LEFT + " tso off gso off tx off";
    pair.left().shell(off).check();
    try (PacketSocketWire left = left(-1);
        PacketSocketWire right = right();
        RawEnd to = new RawEnd(right);
        TestHost host = new TestHost(Packets.OUR_MAC, left)) {
      new OffloadChecks(host, to).tcpArrives(true, 30_000, 1448);
      assertThat(host.queue.counters().softwareSegments()).isZero();
      assertThat(to.context.gsoType()).isEqualTo(Frame.GSO_NONE);
      assertThat(to.context.needsChecksum()).isFalse();
    }
  }

  /** Without TSO the wire goes by the queueing discipline, which we can make refuse. */
  private void slowDown(String discipline) {
    pair.left()
        .shell(
            "ethtool -K "
                + VethPair.LEFT
                + " tso off; tc qdisc add dev "
                + VethPair.LEFT
                + " root "
                + discipline)
        .check();
  }

  @Test
  void aFullDriverIsWaitedForAndThenLosesTheFrame() {
    slowDown("tbf rate 8kbit burst 1600 limit 1600");
    try (PacketSocketWire left = left(-1);
        RawEnd from = new RawEnd(left)) {
      int status = 0;
      for (int i = 0; i < 10 && status == 0; i++) {
        status = from.queue().transmit(plain(Packets.PEER_MAC, 1514));
      }
      assertThat(status).isEqualTo(-Errno.EAGAIN);
      assertThat(from.queue().armInterrupt()).as("nobody would wake us").isFalse();
      now += PacketSocketQueue.PATIENCE_NANOS - 1;
      assertThat(from.queue().transmit(plain(Packets.PEER_MAC, 1514))).isEqualTo(-Errno.EAGAIN);
      now += 1;
      assertThat(from.queue().transmit(plain(Packets.PEER_MAC, 1514))).isEqualTo(-Errno.ENOBUFS);
      assertThat(left.driverDrops()).isEqualTo(1);
      assertThat(from.queue().armInterrupt()).isTrue();
    }
  }

  @Test
  void aFullSocketHoldsBackAndTellsWhenThereIsRoom() {
    slowDown("tbf rate 8kbit burst 1600 limit 100mb");
    try (PacketSocketWire left = left(-1);
        RawEnd from = new RawEnd(left)) {
      int status = 0;
      for (int i = 0; i < 100_000 && status == 0; i++) {
        status = from.queue().transmit(plain(Packets.PEER_MAC, 1514));
      }
      assertThat(status).isEqualTo(-Errno.EAGAIN);
      assertThat(from.queue().signalsRoom()).isTrue();
      assertThat(from.queue().armInterrupt()).isTrue();
      assertThat(from.isWokenWithin(20)).isFalse();
      pair.left().exec("tc", "qdisc", "del", "dev", VethPair.LEFT, "root").check();
      assertThat(from.isWokenWithin(20_000)).isTrue();
      from.queue().disarmInterrupt();
      assertThat(from.queue().transmit(plain(Packets.PEER_MAC, 1514))).isZero();
      assertThat(from.queue().armInterrupt()).isTrue();
      assertThat(from.isWokenWithin(20)).as("room is no news any more").isFalse();
    }
  }

  @Test
  void whatCannotBeUsedIsRefusedWithTheReason() {
    assertThatThrownBy(() -> open("nobody0", 1)).rootCause().hasMessageContaining("nobody0");
    assertThatThrownBy(() -> open("lo", 1)).rootCause().hasMessageContaining("not an Ethernet");
    assertThatThrownBy(() -> open(VethPair.LEFT, 0)).rootCause().hasMessageContaining("queues");
    pair.left().exec("ip", "link", "set", VethPair.LEFT, "down").check();
    assertThatThrownBy(() -> open(VethPair.LEFT, 2))
        .rootCause()
        .hasMessageContaining("ip link set veth0 up");
  }

  private void open(String name, int queues) {
    pair.left().call(() -> PacketSocketWire.open(name, queues)).close();
  }
}
