package dev.twinpath.nic.wire.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What an AF_XDP wire does beside the contract of all wires. */
@RequiresRoot(commands = "ethtool")
class XdpWireTest {
  private static final XdpConfig SMALL = XdpConfig.defaults(1).withChunks(32, 32, 2048);

  private static byte[] frame(int number, int length) {
    byte[] bytes = new byte[length];
    new Random(number).nextBytes(bytes);
    bytes[0] = 2;
    bytes[12] = 0x12; // no type that anybody knows
    return bytes;
  }

  @Test
  void tellsHowFramesCome() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      XdpWire wire = pair.open(XdpConfig.defaults(1), XdpSteering.everything());
      assertThat(wire.isNative()).isTrue();
      assertThat(wire.isZeroCopy()).as("a veth has no memory of its own").isFalse();
      assertThat(wire.isMultiBuffer()).isTrue();
      assertThat(wire.capabilities().maxFrameBytes()).isEqualTo(1514);
      assertThat(wire.capabilities().checksumOffload()).isFalse();
      assertThat(wire.macAddress()).isEqualTo(pair.ours.macAddress(VethPair.DEVICE));
      assertThat(wire.mode()).contains("native XDP", "copied", "1514 bytes");
    }
  }

  @Test
  void frameAfterFrameGoesRoundTheRings() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      VethPair.End left = pair.end(pair.open(SMALL, XdpSteering.everything()), 0);
      VethPair.End right = pair.end(pair.openPeer(SMALL, XdpSteering.everything()), 0);
      for (int i = 0; i < 3000; i++) {
        int length = 60 + i % 1455;
        assertThat(left.offer(frame(i, length), 14 + i % 40)).isZero();
        if (i % 16 == 15) {
          left.queue.service();
          for (int j = i - 15; j <= i; j++) {
            assertThat(right.take()).isEqualTo(frame(j, 60 + j % 1455));
          }
        }
      }
      assertThat(right.poll()).isNull();
    }
  }

  @Test
  void aFullReceiveRingLosesFramesCountsThemAndGoesOn() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      VethPair.End left = pair.end(pair.open(SMALL, XdpSteering.everything()), 0);
      XdpWire peer = pair.openPeer(SMALL, XdpSteering.everything());
      VethPair.End right = pair.end(peer, 0);
      for (int i = 0; i < 100; i++) {
        assertThat(left.send(frame(i, 200))).isZero();
      }
      left.queue.service();
      int came = 0;
      assertThat(right.take()).isEqualTo(frame(0, 200));
      while (right.poll() != null) {
        came++;
      }
      assertThat(came + 1).isLessThan(100);
      XdpStatistics statistics = peer.statistics();
      assertThat(right.queue.receiveOverruns())
          .as(statistics.toString())
          .isEqualTo(100 - (came + 1));
      assertThat(statistics.receiveInvalidDescriptors()).isZero();
      assertThat(left.send(frame(7, 300))).isZero();
      assertThat(right.take()).isEqualTo(frame(7, 300));
    }
  }

  @Test
  void jumboFramesTakeSeveralChunks() {
    try (VethPair pair = new VethPair("10.9.0.9").withMtu(9000)) {
      XdpWire wire = pair.open(SMALL, XdpSteering.everything());
      VethPair.End left = pair.end(wire, 0);
      VethPair.End right =
          pair.end(pair.openPeer(XdpConfig.defaults(1), XdpSteering.everything()), 0);
      assertThat(wire.capabilities().maxFrameBytes()).isEqualTo(9014);
      int number = 0;
      for (int length : new int[] {60, 2048, 2049, 3840, 3841, 4096, 4097, 8192, 9013, 9014}) {
        for (int first : new int[] {14, 54, 2048, length}) {
          byte[] frame = frame(number++, length);
          assertThat(left.send(frame, Math.min(first, length))).isZero();
          assertThat(right.take()).isEqualTo(frame);
          assertThat(right.send(frame, Math.min(first, length))).isZero();
          assertThat(left.take()).isEqualTo(frame);
        }
      }
      assertThat(left.send(new byte[9015])).isEqualTo(-Errno.EMSGSIZE);
    }
  }

  @Test
  void eachQueueIsAWireOfItsOwn() {
    try (VethPair pair = new VethPair("10.9.0.9").withQueues(2)) {
      XdpConfig two = XdpConfig.defaults(2).withChunks(64, 64, 2048);
      XdpWire left = pair.open(two, XdpSteering.everything());
      XdpWire right = pair.openPeer(two, XdpSteering.everything());
      for (int queue = 0; queue < 2; queue++) {
        assertThat(pair.end(left, queue).send(frame(queue, 100))).isZero();
        left.queue(queue).service();
      }
      for (int queue = 0; queue < 2; queue++) {
        assertThat(pair.end(right, queue).take()).isEqualTo(frame(queue, 100));
        assertThat(pair.end(right, queue).poll()).isNull();
      }
    }
  }

  @Test
  void aDriverThatCannotIsServedByTheGenericHook() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      XdpConfig generic = SMALL.withAttachment(XdpConfig.Attachment.GENERIC);
      XdpWire wire = pair.open(generic, XdpSteering.everything());
      assertThat(wire.isNative()).isFalse();
      assertThat(wire.mode()).contains("generic XDP");
      VethPair.End left = pair.end(wire, 0);
      VethPair.End right = pair.end(pair.openPeer(generic, XdpSteering.everything()), 0);
      for (int i = 0; i < 100; i++) {
        assertThat(left.send(frame(i, 500))).isZero();
        assertThat(right.take()).isEqualTo(frame(i, 500));
      }
    }
  }

  @Test
  void closingDetachesTheProgramAndKeepsNoDescriptor() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      long before = kernelObjects();
      XdpWire wire = pair.open(SMALL, XdpSteering.everything());
      assertThat(pair.ours.exec("ip", "link", "show", VethPair.DEVICE).check()).contains("xdp");
      assertThat(kernelObjects()).isGreaterThan(before);
      wire.close();
      wire.close();
      assertThat(pair.ours.exec("ip", "link", "show", VethPair.DEVICE).check())
          .doesNotContain("xdp");
      assertThat(kernelObjects()).isEqualTo(before);
      assertThat(pair.peer.exec("ping", "-c", "1", "-W", "5", "10.9.0.9").check())
          .contains("1 received");
    }
  }

  /** Sockets, maps, programs and links that this process has open. */
  private static long kernelObjects() throws IOException {
    long count = 0;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        String target =
            Files.isSymbolicLink(descriptor) ? Files.readSymbolicLink(descriptor).toString() : "";
        count += target.startsWith("socket:") || target.contains("bpf") ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void whatCannotBeHadIsToldAndLeavesNothing() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9").withQueues(2)) {
      long before = kernelObjects();
      assertThat(pair.refusal(SMALL, XdpSteering.everything()))
          .contains("veth0 has 2 receive queues")
          .contains("ethtool -L veth0");
      pair.ours.exec("ip", "link", "set", VethPair.DEVICE, "down").check();
      assertThat(pair.refusal(SMALL, XdpSteering.everything())).contains("veth0 is down");
      pair.ours.exec("ip", "link", "set", VethPair.DEVICE, "up").check();
      assertThat(kernelObjects()).isEqualTo(before);
      XdpConfig two = XdpConfig.defaults(2).withChunks(64, 64, 2048);
      pair.open(two, XdpSteering.everything());
      long opened = kernelObjects();
      assertThat(pair.refusal(two, XdpSteering.everything())).contains("EBUSY");
      assertThat(kernelObjects()).isEqualTo(opened);
      assertThat(pair.ours.exec("ip", "link", "show", VethPair.DEVICE).check()).contains("xdp");
    }
  }

  @Test
  void aDeviceThatIsDownLosesFramesAndRecovers() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      VethPair.End left = pair.end(pair.open(SMALL, XdpSteering.everything()), 0);
      VethPair.End right = pair.end(pair.openPeer(SMALL, XdpSteering.everything()), 0);
      pair.ours.exec("ip", "link", "set", VethPair.DEVICE, "down").check();
      int lost = 0;
      for (int i = 0; i < 100; i++) {
        int status = left.send(frame(i, 100));
        assertThat(status).isIn(0, -Errno.ENETDOWN);
        lost += status == 0 ? 0 : 1;
      }
      assertThat(lost).as("the ring holds 32").isEqualTo(68);
      pair.ours.exec("ip", "link", "set", VethPair.DEVICE, "up").check();
      for (int i = 0; i < 32; i++) {
        left.queue.service();
        assertThat(left.send(frame(200, 100))).isIn(0, -Errno.ENETDOWN);
        right.poll();
      }
      assertThat(left.send(frame(201, 100))).isZero();
      byte[] last = right.take();
      while (last[20] != frame(201, 100)[20] || last[21] != frame(201, 100)[21]) {
        last = right.take();
      }
      assertThat(last).isEqualTo(frame(201, 100));
    }
  }

  @Test
  void aDeviceThatIsDeletedFallsSilent() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      VethPair.End end = pair.end(pair.open(SMALL, XdpSteering.everything()), 0);
      pair.ours.exec("ip", "link", "delete", VethPair.DEVICE).check();
      int status = 0;
      for (int i = 0; i < 100; i++) {
        status = end.send(frame(i, 100));
      }
      assertThat(status).isNegative().isNotEqualTo(-Errno.EAGAIN);
      assertThat(end.poll()).isNull();
      assertThat(end.queue.armInterrupt()).isTrue();
      assertThat(end.isWokenWithin(50)).as("sleeps until the timeout").isFalse();
      end.queue.disarmInterrupt();
    }
  }
}
