package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.offload.ReceiveFlags;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random flows with all that happens to them on a line: whatever is joined, each flow is afterwards
 * what it was before, byte by byte, sequence number by sequence number, in order.
 */
class CoalescingPropertyTest {
  private static final int FRAMES = 1_500;

  static java.util.stream.LongStream seeds() {
    return java.util.stream.LongStream.range(1, 25);
  }

  static java.util.stream.LongStream nightlySeeds() {
    return java.util.stream.LongStream.range(1_000, 2_500);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyFlowStaysWhatItWas(long seed) {
    new Run(seed).go();
  }

  @Tag("nightly")
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("nightlySeeds")
  void everyFlowStaysWhatItWasAllNight(long seed) {
    new Run(seed).go();
  }

  /** A flow's sender. */
  private static final class Flow {
    final boolean ipv6;
    final int port;
    final int size;
    int sequence;
    int acknowledgment = 1;
    int timestamp;
    int identification;
    ExamFrame last;

    Flow(SplittableRandom random, int port) {
      this.port = port;
      ipv6 = random.nextBoolean();
      size = 1 + random.nextInt(random.nextInt(4) == 0 ? 1460 : 100);
      sequence = random.nextInt();
      timestamp = random.nextInt(2) * random.nextInt();
    }
  }

  /** One run. */
  private static final class Run {
    private final SplittableRandom random;
    private final ReceiveHost host;
    private final Flow[] flows;
    private final Map<Integer, ByteArrayOutputStream> before = new HashMap<>();
    private final Map<Integer, ByteArrayOutputStream> after = new HashMap<>();
    private int joined;

    Run(long seed) {
      random = new SplittableRandom(seed);
      int places = 1 + random.nextInt(8);
      long nanos = random.nextInt(2) * random.nextLong(100);
      ReceiveOptions options =
          ReceiveOptions.defaults()
              .withCoalescing(CoalescingMode.ON)
              .withCoalescingLimits(places, 2 + random.nextInt(80), nanos);
      int capacity = random.nextInt(4) == 0 ? 3_000 : 1 << 16;
      host = new ReceiveHost(options, 2 + random.nextInt(60), capacity, random.nextInt(3) == 0);
      flows = new Flow[1 + random.nextInt(12)];
      for (int i = 0; i < flows.length; i++) {
        flows[i] = new Flow(random, 1000 + i);
      }
    }

    void go() {
      try (host) {
        long now = 0;
        for (int sent = 0; sent < FRAMES; ) {
          int batch = 1 + random.nextInt(100);
          for (int i = 0; i < batch; i++, sent++) {
            int runs = random.nextInt(3) == 0 ? 1 : flows.length;
            byte[] frame = next(flows[random.nextInt(runs)]);
            note(before, frame);
            host.give(frame);
          }
          now += random.nextInt(60);
          take(now);
        }
        host.queue.flushReceive();
        take(now);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach(
            (port, bytes) ->
                assertThat(Arrays.mismatch(after.get(port).toByteArray(), bytes.toByteArray()))
                    .as("where flow %d differs", port)
                    .isEqualTo(-1));
        assertThat(joined).isPositive();
        assertThat(host.queue.receive().posted()).as("no buffer is lost").isEqualTo(posted());
      }
    }

    private int posted() {
      int posted = host.queue.receive().posted();
      host.queue.flushReceive();
      assertThat(host.queue.receive().hasFrames()).isFalse();
      return posted;
    }

    private void take(long now) {
      for (ReceiveHost.Packet packet : host.receive(now)) {
        byte[] bytes = packet.bytes();
        if (packet.segments() > 1) {
          joined++;
          assertThat(ExamFrame.isRight(bytes)).as("its checksums").isTrue();
          int payload = bytes.length - headers(bytes);
          int size = packet.segmentSize();
          assertThat((payload + size - 1) / size).isEqualTo(packet.segments());
          assertThat(packet.flags() & ReceiveFlags.COALESCED).isNotZero();
        }
        note(after, bytes);
      }
    }

    private static int headers(byte[] frame) {
      int transport = frame[12] == 8 ? 34 : 54;
      return transport + ((frame[transport + 12] & 0xf0) >> 2);
    }

    /** Writes down what a frame says, so that it does not matter how it is cut. */
    private static void note(Map<Integer, ByteArrayOutputStream> flows, byte[] frame) {
      int transport = frame[12] == 8 ? 34 : 54;
      int port = ExamFrame.get16(frame, transport);
      ByteArrayOutputStream stream = flows.computeIfAbsent(port, p -> new ByteArrayOutputStream());
      int sequence = ExamFrame.get32(frame, transport + 4);
      int flags = frame[transport + 13];
      int payload = headers(frame);
      for (int i = payload; i < frame.length; i++) {
        byte[] entry = new byte[14];
        ExamFrame.put32(entry, 0, sequence + i - payload);
        entry[4] = frame[i];
        System.arraycopy(frame, transport + 8, entry, 5, 4);
        entry[9] = frame[15];
        if (payload > transport + 20) {
          System.arraycopy(frame, payload - 4, entry, 10, 4);
        }
        stream.writeBytes(entry);
      }
      if (payload == frame.length || (flags & ~ExamFrame.ACK) != 0) {
        // What ends here, or stands for itself, must end here afterwards as well.
        stream.write(flags);
        stream.write(frame[transport + 11]);
      }
    }

    private byte[] next(Flow flow) {
      ExamFrame frame = ExamFrame.of(flow.ipv6, ExamFrame.TCP);
      frame.sourcePort = flow.port;
      frame.identification = flow.identification++ & 0xffff;
      int what = random.nextInt(60);
      if (what == 0 && flow.last != null) {
        return flow.last.build();
      }
      if (what == 1) {
        flow.timestamp += random.nextInt(3);
      } else if (what == 2) {
        flow.acknowledgment += random.nextInt(3000);
      } else if (what == 3) {
        flow.sequence += random.nextInt(3 * flow.size) - flow.size;
      } else if (what == 4) {
        frame.typeOfService = 3;
      } else if (what == 5) {
        flow.identification += 7;
      }
      frame.sequence = flow.sequence;
      frame.acknowledgment = flow.acknowledgment;
      frame.options = options(flow);
      int length = what < 8 ? random.nextInt(flow.size + 1) : what == 8 ? 0 : flow.size;
      frame.payload = new byte[length];
      random.nextBytes(frame.payload);
      int[] rare = {ExamFrame.FIN, ExamFrame.URG, ExamFrame.ECE, ExamFrame.CWR, ExamFrame.PSH};
      frame.flags |= what >= 9 && what < 14 ? rare[what - 9] : 0;
      flow.sequence += length;
      flow.last = frame;
      byte[] bytes = frame.build();
      if (what == 14) {
        // A bit of the payload, or of the checksum when there is none.
        bytes[length > 0 ? bytes.length - 1 : frame.transportOffset() + 16] ^= 1;
      }
      return bytes;
    }

    private static byte[] options(Flow flow) {
      if (flow.timestamp == 0) {
        return new byte[0];
      }
      byte[] options = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
      ExamFrame.put32(options, 8, flow.timestamp);
      return options;
    }
  }
}
