package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IpAddress;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An attacker on the link floods a server while an honest client takes a file from it: the transfer
 * ends whole, and what the server keeps for the attacker stays within its bounds.
 */
class AddressFloodTest {
  private static final long SERVER_MAC = 0x020000000002L;
  private static final long ATTACKER_MAC = 0x020000000099L;
  private static final int FILE = 3_000_000;
  private static final int FRAMES_PER_HONEST_ONE = 100;
  private static final int BOUND = 1 << 20;

  private enum Attack {
    FRAGMENTS_4 {
      @Override
      byte[] frame(Random random) {
        byte[] piece = new byte[8 * (1 + random.nextInt(180))];
        int flags = random.nextInt(8000) | 0x2000;
        String from = "10.9.0." + (3 + random.nextInt(250));
        return ip(0x0800, Frames.ipv4(from, "10.9.0.2", 17, random.nextInt(65536), flags, piece));
      }
    },
    FRAGMENTS_6 {
      @Override
      byte[] frame(Random random) {
        byte[] piece = new byte[8 * (1 + random.nextInt(170))];
        byte[] fragment =
            Frames.fragment(17, random.nextInt(8000) << 3, true, random.nextInt(), piece);
        return ip(0x86dd, Frames.ipv6(stranger(random), "fd09::2", Frames.FRAGMENT, 64, fragment));
      }
    },
    ARP_REQUESTS {
      @Override
      byte[] frame(Random random) {
        String from = "10.9." + random.nextInt(256) + "." + (3 + random.nextInt(250));
        return ip(0x0806, Frames.arp(1, ATTACKER_MAC, from, 0, "10.9.0.2"));
      }
    },
    ARP_SPOOFING {
      @Override
      byte[] frame(Random random) {
        // Claims to be the client, and to be the server, over and over.
        int operation = 1 + random.nextInt(2);
        String claimed = random.nextBoolean() ? "10.9.0.1" : "10.9.0.2";
        return ip(0x0806, Frames.arp(operation, ATTACKER_MAC, claimed, 0, claimed));
      }
    },
    SOLICITATIONS {
      @Override
      byte[] frame(Random random) {
        String from = stranger(random);
        byte[] body =
            Frames.join(Frames.address("fd09::2"), Frames.bytes(1, 1), Frames.mac(ATTACKER_MAC));
        byte[] message = Frames.icmp6(from, "fd09::2", 135, 0, 0, body);
        return ip(0x86dd, Frames.ipv6(from, "fd09::2", Frames.ICMP6, 255, message));
      }
    },
    ADVERTISEMENTS {
      @Override
      byte[] frame(Random random) {
        String from = stranger(random);
        byte[] body =
            Frames.join(Frames.address(from), Frames.bytes(2, 1), Frames.mac(ATTACKER_MAC));
        byte[] message = Frames.icmp6(from, "fd09::2", 136, 0, 0x60000000, body);
        return ip(0x86dd, Frames.ipv6(from, "fd09::2", Frames.ICMP6, 255, message));
      }
    },
    ECHOES_OF_STRANGERS {
      @Override
      byte[] frame(Random random) {
        String from = stranger(random);
        byte[] message = Frames.icmp6(from, "fd09::2", 128, 0, 1, new byte[32]);
        return ip(0x86dd, Frames.ipv6(from, "fd09::2", Frames.ICMP6, 64, message));
      }
    };

    abstract byte[] frame(Random random);

    private static byte[] ip(int type, byte[] packet) {
      return Frames.ethernet(SERVER_MAC, ATTACKER_MAC, type, packet);
    }

    private static String stranger(Random random) {
      return new IpAddress(IpAddress.parse("fd09::").high(), random.nextLong() | 1L << 40)
          .toString();
    }
  }

  /** Mixes an attacker's frames among those that arrive. */
  private static final class Attacked implements Wire, WireQueue {
    private final WireQueue inner;
    private final Wire wire;
    private final Supplier<byte[]> attacker;
    private int turn;
    long sent;

    Attacked(Wire wire, Supplier<byte[]> attacker) {
      this.wire = wire;
      this.attacker = attacker;
      inner = wire.queue(0);
    }

    @Override
    public WireCapabilities capabilities() {
      return wire.capabilities();
    }

    @Override
    public int queues() {
      return 1;
    }

    @Override
    public WireQueue queue(int index) {
      return this;
    }

    @Override
    public int transmit(Frame frame) {
      return inner.transmit(frame);
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      if (turn < FRAMES_PER_HONEST_ONE) {
        turn++;
        sent++;
        context.clear();
        byte[] frame = attacker.get();
        Memory.copy(frame, 0, address, frame.length);
        return frame.length;
      }
      int length = inner.receive(address, capacity, context);
      if (length > 0) {
        turn = 0;
      }
      return length;
    }

    @Override
    public int pollableFd() {
      return -1;
    }

    @Override
    public boolean armInterrupt() {
      return inner.armInterrupt();
    }

    @Override
    public void disarmInterrupt() {
      inner.disarmInterrupt();
    }

    @Override
    public void close() {
      wire.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void anHonestTransferEndsWholeWithinTheBounds(Attack attack) {
    Random random = new Random(17);
    MemoryWire.Pair pair = MemoryWire.pair();
    Attacked wire = new Attacked(pair.right(), () -> attack.frame(random));
    IpConfig ip = IpConfig.defaults().withDadTransmits(0).withReassemblyMemory(BOUND);
    StackConfig client =
        TwoStacks.clientConfig().address("fd09::1/64").ip(ip).rmem(4096, 1 << 17, 1 << 17).build();
    StackConfig server = TwoStacks.serverConfig().address("fd09::2/64").ip(ip).build();
    try (TwoStacks net = new TwoStacks(client, server, pair.left(), wire);
        Arena arena = Arena.ofShared()) {
      byte[] bytes = new byte[FILE];
      new Random(3).nextBytes(bytes);
      long memory = arena.allocate(FILE).address();
      Memory.copy(bytes, 0, memory, FILE);
      TestHandler handler = new TestHandler();
      net.server.listen(
          IpAddress.ANY,
          80,
          16,
          c -> {
            c.sendBytes(memory, FILE);
            c.flush();
            return new TestHandler();
          });
      boolean v4 = attack == Attack.FRAGMENTS_4 || attack.name().startsWith("ARP");
      IpAddress address = IpAddress.parse(v4 ? "10.9.0.2" : "fd09::2");
      net.client.connect(IpAddress.ANY, 0, address, 80, handler);
      boolean done =
          net.runUntil(
              () -> {
                assertThat(net.server.ip().reassemblyBytes()).isLessThanOrEqualTo(BOUND);
                assertThat(net.server.ip().neighbors().size()).isLessThanOrEqualTo(1024);
                return handler.received.size() == FILE;
              },
              60_000 * TwoStacks.MILLI);
      assertThat(done).as("received %d bytes", handler.received.size()).isTrue();
      assertThat(handler.received.toByteArray()).isEqualTo(bytes);
      assertThat(wire.sent).as("frames of the attacker").isGreaterThan(4000);
    }
  }
}
