package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackShard;
import dev.twinpath.userstack.tcp.ScriptWire;
import java.util.ArrayList;
import java.util.List;

/** A stack whose link is a test: packets in, packets out, on a clock that the test turns. */
final class IpScript implements AutoCloseable {
  static final long MILLI = 1_000_000L;
  static final long STACK_MAC = 0x020000000002L;
  static final long PEER_MAC = 0x020000000001L;
  static final String STACK = "192.0.2.1";
  static final String PEER = "192.0.2.2";

  final ScriptWire wire = new ScriptWire();
  final Nic nic = new Nic(NicConfig.defaults(STACK_MAC), wire);
  final StackShard stack;
  long now = 100_000 * MILLI;

  IpScript() {
    this(config());
  }

  IpScript(StackConfig.Builder config) {
    stack = new StackShard(config.build(), nic, 0, 42, now);
  }

  static StackConfig.Builder config() {
    return StackConfig.builder()
        .address(STACK + "/24")
        .sendSlab(1 << 20)
        .receivePool(4 << 20)
        .receiveBuffers(64);
  }

  long count(StackCounter counter) {
    return stack.counters().get(counter);
  }

  IpScript run() {
    for (int idle = 0, i = 0; idle < 2; i++) {
      assertThat(i).as("polls at one time").isLessThan(100_000);
      idle = stack.poll(now) == 0 ? idle + 1 : 0;
    }
    return this;
  }

  /** Lets milliseconds pass, from deadline to deadline. */
  IpScript after(long millis) {
    long end = now + millis * MILLI;
    while (true) {
      long next = Math.max(now + 1, stack.nextDeadlineNanos());
      if (next > end) {
        break;
      }
      now = next;
      run();
    }
    now = end;
    return run();
  }

  /** A frame arrives. */
  IpScript in(byte[] frame) {
    wire.toStack.add(frame);
    return run();
  }

  /** An IPv4 packet arrives from the peer. */
  IpScript in4(byte[] packet) {
    return in(Frames.ethernet(STACK_MAC, PEER_MAC, 0x0800, packet));
  }

  /** The peer says its link address. */
  IpScript learnPeer() {
    in(Frames.ethernet(0xffffffffffffL, PEER_MAC, 0x0806, Frames.arp(1, PEER_MAC, PEER, 0, STACK)));
    drain();
    return this;
  }

  /** The next frame that the stack sent. */
  byte[] out() {
    run();
    byte[] frame = wire.fromStack.poll();
    assertThat(frame).as("the stack sent nothing").isNotNull();
    return frame;
  }

  /** The next packet that the stack sent: its frame without the Ethernet header. */
  byte[] outPacket() {
    byte[] frame = out();
    return java.util.Arrays.copyOfRange(frame, Frames.IP, frame.length);
  }

  /** All frames that the stack has sent, taken. */
  List<byte[]> drain() {
    run();
    List<byte[]> all = new ArrayList<>(wire.fromStack);
    wire.fromStack.clear();
    return all;
  }

  /** The stack has sent nothing more. */
  IpScript nothing() {
    run();
    assertThat(wire.fromStack.stream().map(java.util.HexFormat.of()::formatHex).toList()).isEmpty();
    return this;
  }

  @Override
  public void close() {
    stack.close();
    nic.close();
  }
}
