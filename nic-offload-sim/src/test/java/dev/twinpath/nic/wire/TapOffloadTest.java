package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel as the judge of our offloads: a packet left uncut and unsummed goes into the kernel by
 * one TAP, which forwards it out of another that has no offloads. What comes out was cut and summed
 * by the kernel, and must be what our own software makes of the same packet.
 */
@RequiresRoot
class TapOffloadTest {
  private static final long NEXT_HOP = 0x02_00_00_00_00_99L;
  private static final int FLAGS =
      TcpHeader.ACK | TcpHeader.PSH | TcpHeader.FIN | TcpHeader.CWR | TcpHeader.ECE;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theKernelCutsAndSumsAsWeDo(boolean ipv4) {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0").check();
      Wire in = namespace.openTap("tap0", 1);
      Wire out = namespace.openTap("tap1", 1, false);
      // The packets go to 10.9.0.1, which lies behind tap1.
      namespace.exec("ip", "address", "add", "10.8.0.1/24", "dev", "tap0").check();
      namespace.exec("ip", "address", "add", "10.9.0.254/24", "dev", "tap1").check();
      namespace.exec("ip", "route", "add", "10.9.0.2/32", "dev", "tap0").check();
      namespace.exec("sysctl", "-qw", "net.ipv4.ip_forward=1").check();
      namespace.shell("for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done").check();
      String mac = EthernetHeader.format(NEXT_HOP);
      namespace
          .exec("ip", "neigh", "add", "10.9.0.1", "lladdr", mac, "dev", "tap1", "nud", "permanent")
          .check();
      namespace.exec("ip", "address", "add", "fd08::1/64", "dev", "tap0", "nodad").check();
      namespace.exec("ip", "address", "add", "fd09::fe/64", "dev", "tap1", "nodad").check();
      namespace.exec("ip", "route", "add", "fd09::2/128", "dev", "tap0").check();
      namespace.exec("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1").check();
      namespace
          .exec("ip", "neigh", "add", "fd09::1", "lladdr", mac, "dev", "tap1", "nud", "permanent")
          .check();
      long gateway = namespace.macAddress("tap0");
      long egress = namespace.macAddress("tap1");
      RecordingWire software = new RecordingWire(false, false);
      try (TestHost sender = new TestHost(Packets.OUR_MAC, in);
          TestHost receiver = new TestHost(NEXT_HOP, out);
          TestHost reference = new TestHost(NicConfig.defaults(Packets.OUR_MAC), software)) {
        Random random = new Random(20261120);
        for (int i = 0; i < 60; i++) {
          int size = 200 + random.nextInt(1248);
          int payload = Math.min(60_000, 1 + random.nextInt(40 * size));
          byte[] options = new byte[4 * random.nextInt(4)];
          Arrays.fill(options, (byte) TcpHeader.OPTION_NOP);
          long seed = random.nextLong();
          send(ipv4, sender, gateway, size, payload, options, seed);
          send(ipv4, reference, gateway, size, payload, options, seed);
          List<byte[]> expected = new ArrayList<>();
          for (byte[] frame : software.sent) {
            expected.add(forwarded(frame, egress));
          }
          software.sent.clear();
          List<byte[]> seen = collect(receiver, expected.size());
          assertThat(seen).as("payload %d size %d", payload, size).hasSameSizeAs(expected);
          for (int f = 0; f < expected.size(); f++) {
            assertThat(seen.get(f)).as("frame %d of packet %d", f, i).isEqualTo(expected.get(f));
          }
        }
        assertThat(sender.queue.counters().softwareSegments()).isZero();
      }
    }
  }

  private static List<byte[]> collect(TestHost host, int count) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 1000 && frames.size() < count; i++) {
      host.poll();
      for (TestHost.Received frame : host.received) {
        byte[] bytes = frame.bytes();
        boolean ipv4 = bytes[12] == 8 && bytes[13] == 0;
        boolean ipv6 = (bytes[12] & 0xff) == 0x86 && (bytes[13] & 0xff) == 0xdd;
        if (ipv4 && bytes[23] == Ipv4Header.PROTOCOL_TCP
            || ipv6 && bytes[20] == Ipv4Header.PROTOCOL_TCP) {
          frames.add(bytes);
        }
      }
      host.received.clear();
    }
    return frames;
  }

  /** What a router changes: the MAC addresses, the time to live, and the header checksum. */
  private static byte[] forwarded(byte[] frame, long sourceMac) {
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(frame.length, 8).address();
      Memory.copy(frame, 0, at, frame.length);
      EthernetHeader.write(at, NEXT_HOP, sourceMac, EthernetHeader.type(at));
      long ip = at + EthernetHeader.LENGTH;
      if (EthernetHeader.type(at) == EthernetHeader.TYPE_IPV6) {
        Memory.putByte(ip + 7, Ipv6Header.hopLimit(ip) - 1);
        return Memory.toArray(at, frame.length);
      }
      Memory.putByte(ip + 8, Ipv4Header.timeToLive(ip) - 1);
      Ipv4Header.writeChecksum(ip);
      return Memory.toArray(at, frame.length);
    }
  }

  private static void send(
      boolean ipv4, TestHost host, long gateway, int size, int payload, byte[] options, long seed) {
    byte[] bytes = new byte[payload];
    new Random(seed).nextBytes(bytes);
    Memory.copy(bytes, 0, host.slab + 4096, payload);
    int headers =
        ipv4
            ? Packets.tcp4(host.slab, (int) seed, FLAGS, options, payload, gateway)
            : Packets.tcp6(host.slab, (int) seed, FLAGS, options, payload, gateway);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(
        TransmitQueue.CHECKSUM | (ipv4 ? TransmitQueue.TSO4 : TransmitQueue.TSO6),
        size,
        headers,
        ipv4 ? Packets.TRANSPORT4 : Packets.TRANSPORT6,
        TcpHeader.CHECKSUM_OFFSET,
        0);
    tx.add(host.slabRegion, 0, headers);
    int first = payload / 3;
    tx.add(host.slabRegion, 4096, first);
    tx.add(host.slabRegion, 4096 + first, payload - first);
    tx.end(0);
    tx.doorbell();
    host.poll();
  }
}
