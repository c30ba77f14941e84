package dev.twinpath.userstack.attack;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.ForwardingWireQueue;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.userstack.stack.TwoStacks;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/**
 * The wire of a server to which an attacker is joined: frames of the attacker come in between those
 * of the honest client, and what the server sends to others than the client goes to the attacker,
 * who is the server's gateway.
 */
final class HostileWire implements Wire {
  static final int GATEWAY = TwoStacks.SERVER_ADDRESS & ~0xff | 254;
  static final long GATEWAY_MAC = 0x0200000000feL;
  static final long SERVER_MAC = 0x020000000002L;

  /** Frames that the attacker has ready. */
  final ArrayDeque<byte[]> toServer = new ArrayDeque<>();

  /** What the server sent to the attacker, as far as somebody wants it. */
  final ArrayDeque<byte[]> toAttacker = new ArrayDeque<>();

  boolean keep = true;
  long answered;
  long answeredBytes;
  private final Wire inner;
  private final WireQueue queue;
  private final Arena arena = Arena.ofShared();
  private final long scratch = arena.allocate(1 << 17).address();

  HostileWire(Wire inner) {
    this.inner = inner;
    queue = new Queue(inner.queue(0));
  }

  private final class Queue extends ForwardingWireQueue {
    Queue(WireQueue inner) {
      super(inner);
    }

    @Override
    public int transmit(Frame frame) {
      int total = frame.totalLength();
      int head = Math.min(total, frame.length(0));
      Memory.copy(frame.address(0), scratch, head);
      long ip = scratch + EthernetHeader.LENGTH;
      if (EthernetHeader.type(scratch) == EthernetHeader.TYPE_ARP) {
        if (ArpHeader.operation(ip) == ArpHeader.REQUEST
            && ArpHeader.targetAddress(ip) == GATEWAY) {
          answerArp();
          return 0;
        }
        return inner.transmit(frame);
      }
      if (Ipv4Header.destination(ip) == TwoStacks.CLIENT_ADDRESS) {
        return inner.transmit(frame);
      }
      answered++;
      answeredBytes += total;
      if (keep) {
        toAttacker.add(Memory.toArray(scratch, head));
      }
      return 0;
    }

    private void answerArp() {
      EthernetHeader.write(scratch, SERVER_MAC, GATEWAY_MAC, EthernetHeader.TYPE_ARP);
      ArpHeader.write(
          scratch + EthernetHeader.LENGTH,
          ArpHeader.REPLY,
          GATEWAY_MAC,
          GATEWAY,
          SERVER_MAC,
          TwoStacks.SERVER_ADDRESS);
      toServer.add(Memory.toArray(scratch, EthernetHeader.LENGTH + ArpHeader.LENGTH));
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      byte[] bytes = toServer.poll();
      if (bytes == null) {
        return inner.receive(address, capacity, context);
      }
      context.clear();
      Memory.copy(bytes, 0, address, bytes.length);
      return bytes.length;
    }

    @Override
    public boolean armInterrupt() {
      return toServer.isEmpty() && inner.armInterrupt();
    }
  }

  @Override
  public WireCapabilities capabilities() {
    return inner.capabilities();
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public int queues() {
    return 1;
  }

  @Override
  public WireQueue queue(int index) {
    return queue;
  }

  @Override
  public void close() {
    inner.close();
    arena.close();
  }
}
