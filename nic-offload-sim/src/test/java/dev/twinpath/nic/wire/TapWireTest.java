package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresRoot(commands = "ping")
class TapWireTest {
  @Test
  void theKernelResolvesAndPingsUs() {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TestHost host = new TestHost(Packets.OUR_MAC, namespace.openTap("tap0", 1, "10.9.0.1/24"));
        ShellCommand ping = namespace.start("ping", "-c", "3", "-i", "0.2", "10.9.0.2")) {
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                answer(host);
                return !ping.isRunning();
              });
      assertThat(ping.await(1).output()).contains("3 received");
      assertThat(namespace.exec("ip", "neighbour").output()).contains("02:00:00:00:00:02");
    }
  }

  @Test
  void aDeviceThatIsDeletedUnderUsFallsSilent() {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TapWire wire = namespace.openTap("tap0", 1, "10.9.0.1/24");
        Arena arena = Arena.ofConfined()) {
      try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
        host.send(new byte[60]);
        assertThat(wire.isGone()).isFalse();
        namespace.exec("ip", "link", "delete", "tap0").check();
        host.poll();
        host.poll();
        assertThat(wire.isGone()).isTrue();
        host.send(new byte[60]);
        assertThat(host.completed).hasSize(2);
        assertThat(host.queue.counters().wireDrops()).isEqualTo(1);
        assertThat(host.queue.armInterrupt()).isTrue();
        long pollfd = arena.allocate(8, 8).address();
        Memory.putInt(pollfd, host.queue.pollableFd());
        Memory.putShort(pollfd + 4, Linux.POLLIN);
        assertThat(Linux.poll(pollfd, 1, 50)).as("sleeps until the timeout").isZero();
      }
    }
  }

  @Test
  void aDeviceThatIsDownLosesFramesAndRecovers() {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TestHost host =
            new TestHost(Packets.OUR_MAC, namespace.openTap("tap0", 1, "10.9.0.1/24"))) {
      namespace.exec("ip", "link", "set", "tap0", "down").check();
      host.send(new byte[60]);
      assertThat(host.queue.counters().wireDrops()).isEqualTo(1);
      namespace.exec("ip", "link", "set", "tap0", "up").check();
      host.send(new byte[60]);
      assertThat(host.queue.counters().wireDrops()).isEqualTo(1);
      assertThat(host.completed).hasSize(2);
    }
  }

  @Test
  void aNameThatIsNoTapIsRefusedWithTheReason() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> namespace.openTap("lo", 1))
          .havingCause()
          .isInstanceOf(IOException.class)
          .withMessageContaining("lo")
          .withMessageContaining("EINVAL");
    }
  }

  /** As much of a stack as ping needs. */
  private static void answer(TestHost host) {
    host.poll();
    List<TestHost.Received> frames = List.copyOf(host.received);
    host.received.clear();
    for (TestHost.Received frame : frames) {
      try (Arena arena = Arena.ofConfined()) {
        int length = frame.bytes().length;
        long at = arena.allocate(length, 8).address();
        Memory.copy(frame.bytes(), 0, at, length);
        long body = at + EthernetHeader.LENGTH;
        if (EthernetHeader.type(at) == EthernetHeader.TYPE_ARP) {
          long peer = ArpHeader.senderMac(body);
          length = Packets.arp(at, ArpHeader.REPLY, peer, ArpHeader.senderAddress(body));
        } else if (EthernetHeader.type(at) == EthernetHeader.TYPE_IPV4
            && Ipv4Header.protocol(body) == Ipv4Header.PROTOCOL_ICMP) {
          EthernetHeader.write(
              at, EthernetHeader.source(at), Packets.OUR_MAC, EthernetHeader.TYPE_IPV4);
          int source = Ipv4Header.source(body);
          Memory.putIntBE(body + 12, Ipv4Header.destination(body));
          Memory.putIntBE(body + 16, source);
          long icmp = body + Ipv4Header.MIN_LENGTH;
          Memory.putByte(icmp, IcmpHeader.ECHO_REPLY);
          IcmpHeader.writeChecksum(icmp, Ipv4Header.totalLength(body) - Ipv4Header.MIN_LENGTH);
        } else {
          continue;
        }
        host.send(Memory.toArray(at, length));
      }
    }
  }
}
