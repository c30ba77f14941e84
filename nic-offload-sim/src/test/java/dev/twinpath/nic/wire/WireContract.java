package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every wire with two ends must do, seen by the NICs at its ends. */
abstract class WireContract {
  private static final int ROUNDS = 20_000;

  /** A packet to be cut, and where. */
  private static final int UNCUT = 40_001;

  private static final int SEGMENT = 1440;

  private TestHost left;
  private TestHost right;
  private RawEnd rawLeft;
  private RawEnd rawRight;

  /**
   * Makes a wire's two ends. What the left one sends to {@link Packets#PEER_MAC} comes out of the
   * right one; what that sends to {@link Packets#OUR_MAC} out of the left one.
   */
  abstract Wire[] ends() throws Exception;

  /**
   * Packets of 60,000 bytes that may be sent before the other end looks, a divisor of 100. All of
   * them, where the wire holds the sender back or has a long queue; fewer where something behind it
   * loses what is too much, as an Ethernet switch does.
   */
  int packetsAtOnce() {
    return 100;
  }

  /** Takes away what {@link #ends} needed beside the wires, which are closed. */
  void cleanUp() throws Exception {}

  @BeforeEach
  void plugIn() throws Exception {
    Wire[] ends = ends();
    rawLeft = new RawEnd(ends[0]);
    rawRight = new RawEnd(ends[1]);
    left = new TestHost(Packets.OUR_MAC, ends[0]);
    right = new TestHost(Packets.PEER_MAC, ends[1]);
  }

  @AfterEach
  void unplug() throws Exception {
    if (right != null) {
      left.close();
      right.close();
      right = null;
      rawLeft.close();
      rawRight.close();
    }
    cleanUp();
  }

  /** Random bytes between two MAC addresses, which a switch on the way may look at. */
  private static byte[] frame(long to, long from, int number, int length) {
    byte[] bytes = new byte[length];
    new Random(number).nextBytes(bytes);
    for (int i = 0; i < 6; i++) {
      bytes[i] = (byte) (to >>> (40 - 8 * i));
      bytes[6 + i] = (byte) (from >>> (40 - 8 * i));
    }
    bytes[12] = 0x12; // no type that anybody knows
    return bytes;
  }

  private static byte[] toRight(int number, int length) {
    return frame(Packets.PEER_MAC, Packets.OUR_MAC, number, length);
  }

  private static byte[] toLeft(int number, int length) {
    return frame(Packets.OUR_MAC, Packets.PEER_MAC, number, length);
  }

  @Test
  void framesOfEverySizeArriveAsTheyWereSent() {
    for (int length = 14; length <= 1514; length += length < 80 ? 1 : 97) {
      left.send(toRight(length, length));
      await(right, 1);
      assertThat(right.received.remove(0).bytes()).isEqualTo(toRight(length, length));
    }
  }

  @Test
  void bothDirectionsKeepTheirOrder() {
    for (int i = 0; i < 100; i++) {
      left.send(toRight(i, 100 + i));
      right.send(toLeft(1000 + i, 60 + i));
    }
    await(right, 100);
    await(left, 100);
    for (int i = 0; i < 100; i++) {
      assertThat(right.received.get(i).bytes()).isEqualTo(toRight(i, 100 + i));
      assertThat(left.received.get(i).bytes()).isEqualTo(toLeft(1000 + i, 60 + i));
    }
  }

  @Test
  void nothingWaitsOnAnEmptyWire() {
    assertThat(left.poll()).isZero();
    assertThat(left.queue.armInterrupt()).isTrue();
    left.queue.disarmInterrupt();
  }

  @Test
  void checksumsAreRightWhoeverComputesThem() {
    OffloadChecks checks = new OffloadChecks(left, rawRight);
    checks.tcpArrives(true, 1, 0);
    checks.tcpArrives(true, 1401, 0);
    checks.tcpArrives(false, 1380, 0);
    boolean offloaded = left.nic.wire().capabilities().checksumOffload();
    assertThat(left.queue.counters().softwareChecksums() == 0).isEqualTo(offloaded);
  }

  @Test
  void tcpOverIpv4ArrivesWhoeverCutsIt() {
    new OffloadChecks(left, rawRight).tcpArrives(true, UNCUT, SEGMENT);
    checkWhoCut(left.nic.wire().capabilities().tso4());
  }

  @Test
  void tcpOverIpv6ArrivesWhoeverCutsIt() {
    new OffloadChecks(left, rawRight).tcpArrives(false, UNCUT, SEGMENT - 20);
    checkWhoCut(left.nic.wire().capabilities().tso6());
  }

  private void checkWhoCut(boolean wire) {
    assertThat(left.queue.counters().softwareSegments() == 0).isEqualTo(wire);
    assertThat(left.queue.counters().wireDrops()).isZero();
  }

  @Test
  void udpArrivesAndUncutWhereTheWireClaimsTo() {
    OffloadChecks checks = new OffloadChecks(left, rawRight);
    checks.datagramArrives(1_400);
    checks.datagramArrives(33);
    if (left.nic.wire().capabilities().udpSegmentation()) {
      checks.uncutUdpArrives(20_000, 1400);
    }
  }

  @Test
  void theLongestFrameArrivesAndALongerOneDoesNot() {
    WireCapabilities wire = left.nic.wire().capabilities();
    OffloadChecks checks = new OffloadChecks(left, rawRight);
    if (wire.tso4()) {
      checks.tcpArrives(true, Math.min(wire.maxFrameBytes(), 65_000) - 58, SEGMENT);
    } else {
      assertThat(wire.maxFrameBytes()).isGreaterThanOrEqualTo(1514);
    }
    Frame tooLong = new Frame();
    tooLong.add(left.slab, wire.maxFrameBytes() + 1);
    assertThat(rawLeft.send(tooLong)).isNotEqualTo(-Errno.EAGAIN);
    byte[] next = toRight(7, 100);
    left.send(next);
    assertThat(rawRight.bytes(rawRight.take())).isEqualTo(next);
  }

  @Test
  void aFrameThatIsLongerThanTheBufferIsLostAlone() {
    left.send(toRight(1, 300));
    left.send(toRight(2, 200));
    assertThat(rawRight.queue().receive(rawRight.buffer, 250, rawRight.context))
        .isEqualTo(-Errno.EMSGSIZE);
    assertThat(rawRight.bytes(rawRight.take())).isEqualTo(toRight(2, 200));
  }

  @Test
  void aSleeperIsWokenByAFrameAndNotWithout() {
    for (int i = 0; i < 10; i++) {
      assertThat(rawRight.queue().armInterrupt()).as("nothing waits").isTrue();
      assertThat(rawRight.isWokenWithin(0)).isFalse();
      left.send(toRight(i, 120));
      assertThat(rawRight.isWokenWithin(20_000)).isTrue();
      rawRight.queue().disarmInterrupt();
      assertThat(rawRight.bytes(rawRight.take())).isEqualTo(toRight(i, 120));
    }
  }

  @Test
  void aFrameThatCameBeforeTheSleepIsNotSleptOver() {
    left.send(toRight(5, 90));
    assertThat(!rawRight.queue().armInterrupt() || rawRight.isWokenWithin(20_000)).isTrue();
    rawRight.queue().disarmInterrupt();
    assertThat(rawRight.bytes(rawRight.take())).isEqualTo(toRight(5, 90));
  }

  @Test
  void closingGivesEveryDescriptorBackOnce() throws Exception {
    unplug();
    Set<String> before = openDescriptors();
    Wire[] wires = ends();
    for (Wire wire : wires) {
      wire.close();
      wire.close();
    }
    Awaitility.await().until(() -> before.containsAll(openDescriptors()));
  }

  /**
   * What this process's descriptors lead to; pipes of child processes come and go by themselves.
   */
  private static Set<String> openDescriptors() throws IOException {
    Set<String> open = new HashSet<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (!target.startsWith("pipe:") && !target.startsWith("/proc/")) {
            open.add(descriptor.getFileName() + " " + target);
          }
        } catch (IOException closedMeanwhile) {
          continue;
        }
      }
    }
    return open;
  }

  @Test
  void moreThanTheWireHoldsArrivesInTheEnd() {
    int packets = 100;
    int payload = 60_000;
    for (int sent = 0; sent < packets; ) {
      for (int i = 0; i < packetsAtOnce(); i++) {
        queueSegmented(payload);
      }
      sent += packetsAtOnce();
      left.queue.transmit().doorbell();
      for (int i = 0; i < ROUNDS && left.completed.size() < sent; i++) {
        left.poll();
        right.poll();
      }
      while (right.poll() > 0) {
        continue;
      }
    }
    while (left.poll() + right.poll() > 0) {
      continue;
    }
    assertThat(left.completed)
        .hasSize(packets)
        .allSatisfy(c -> assertThat(c.status()).isEqualTo(TransmitStatus.OK));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (TestHost.Received frame : right.received) {
      assertThat(frame.flags()).isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK);
      all.write(frame.bytes(), 54, frame.bytes().length - 54);
    }
    byte[] expected = new byte[payload];
    new Random(payload).nextBytes(expected);
    assertThat(all.size()).isEqualTo(packets * payload);
    byte[] bytes = all.toByteArray();
    for (int i = 0; i < packets; i++) {
      assertThat(Arrays.equals(bytes, i * payload, (i + 1) * payload, expected, 0, payload))
          .isTrue();
    }
  }

  private void queueSegmented(int payload) {
    byte[] bytes = new byte[payload];
    new Random(payload).nextBytes(bytes);
    Memory.copy(bytes, 0, left.slab + 4096, payload);
    int headers = Packets.tcp4(left.slab, 1, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
    TransmitQueue tx = left.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(left.slabRegion, 0, headers);
    tx.add(left.slabRegion, 4096, payload);
    tx.end(1);
  }

  private static void await(TestHost host, int frames) {
    for (int i = 0; i < ROUNDS && host.received.size() < frames; i++) {
      host.poll();
    }
    assertThat(host.received).hasSizeGreaterThanOrEqualTo(frames);
  }
}
