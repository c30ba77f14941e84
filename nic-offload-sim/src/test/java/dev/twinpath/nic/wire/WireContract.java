package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every wire with two ends must do, seen by the NICs at its ends. */
abstract class WireContract {
  private static final int ROUNDS = 20_000;

  private TestHost left;
  private TestHost right;

  /** Makes a wire's two ends. */
  abstract Wire[] ends() throws Exception;

  @BeforeEach
  void plugIn() throws Exception {
    Wire[] ends = ends();
    left = new TestHost(Packets.OUR_MAC, ends[0]);
    right = new TestHost(Packets.PEER_MAC, ends[1]);
  }

  @AfterEach
  void unplug() throws Exception {
    left.close();
    right.close();
  }

  private static byte[] frame(int number, int length) {
    byte[] bytes = new byte[length];
    new Random(number).nextBytes(bytes);
    bytes[12] = 0x12; // no type that anybody knows
    return bytes;
  }

  @Test
  void framesOfEverySizeArriveAsTheyWereSent() {
    for (int length = 14; length <= 1514; length += length < 80 ? 1 : 97) {
      left.send(frame(length, length));
      await(right, 1);
      assertThat(right.received.remove(0).bytes()).isEqualTo(frame(length, length));
    }
  }

  @Test
  void bothDirectionsKeepTheirOrder() {
    for (int i = 0; i < 100; i++) {
      left.send(frame(i, 100 + i));
      right.send(frame(1000 + i, 60 + i));
    }
    await(right, 100);
    await(left, 100);
    for (int i = 0; i < 100; i++) {
      assertThat(right.received.get(i).bytes()).isEqualTo(frame(i, 100 + i));
      assertThat(left.received.get(i).bytes()).isEqualTo(frame(1000 + i, 60 + i));
    }
  }

  @Test
  void nothingWaitsOnAnEmptyWire() {
    assertThat(left.poll()).isZero();
    assertThat(left.queue.armInterrupt()).isTrue();
    left.queue.disarmInterrupt();
  }

  @Test
  void moreThanTheWireHoldsArrivesInTheEnd() {
    int packets = 100;
    int payload = 60_000;
    for (int i = 0; i < packets; i++) {
      queueSegmented(payload);
    }
    left.queue.transmit().doorbell();
    int rounds = 0;
    while (left.completed.size() < packets && rounds++ < ROUNDS) {
      left.poll();
      right.poll();
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
