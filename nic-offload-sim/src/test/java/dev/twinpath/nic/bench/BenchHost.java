package dev.twinpath.nic.bench;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.ReceiveHandler;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.device.TransmitCompletionHandler;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;

/** A host that does as little as it can: posts each buffer again, and sends one kind of packet. */
final class BenchHost implements ReceiveHandler, TransmitCompletionHandler, AutoCloseable {
  static final int BUFFERS = 16;
  private static final int BUFFER = 68 * 1024;
  private static final int PAYLOADS = 1 << 20;
  private static final int HEADERS = 4096;
  private static final int SEGMENT = 1448;
  private static final byte[] NO_OPTIONS = {};

  final Arena arena = Arena.ofShared();
  final Nic nic;
  final QueuePair queue;
  private final int buffers;
  private final int slabRegion;
  private final int headerLength;
  private final int payload;
  private final int offloads;
  private int nextPayload;
  long frames;
  long bytes;
  long tags;
  long sent;

  /**
   * @param frameLength of the packets that it sends, from the Ethernet header; longer than 1,514
   *     are cut on their way, or would be
   */
  BenchHost(NicConfig config, Wire wire, int frameLength) {
    nic = new Nic(config, wire);
    queue = nic.queuePair(0);
    long memory = arena.allocate((long) BUFFER * BUFFERS, 4096).address();
    buffers = nic.memory().register(memory, (long) BUFFER * BUFFERS, RegisteredMemory.WRITE);
    for (int i = 0; i < BUFFERS; i++) {
      post(i);
    }
    long slab = arena.allocate(HEADERS + PAYLOADS, 4096).address();
    slabRegion = nic.memory().register(slab, HEADERS + PAYLOADS, RegisteredMemory.READ);
    headerLength = Packets.TRANSPORT4 + TcpHeader.MIN_LENGTH;
    payload = frameLength - headerLength;
    Packets.tcp4(slab, 1, TcpHeader.ACK, NO_OPTIONS, payload, Packets.PEER_MAC);
    boolean cut = frameLength > 1514;
    offloads = cut ? TransmitQueue.CHECKSUM | TransmitQueue.TSO4 : TransmitQueue.CHECKSUM;
  }

  private void post(int buffer) {
    queue.receive().post(buffers, (long) buffer * BUFFER, BUFFER, buffer);
  }

  /** Whether one more packet can be sent. */
  boolean canSend() {
    return queue.transmit().freeDescriptors() >= 3;
  }

  /** Puts one packet into the ring; its payload walks through a megabyte. */
  void send(int template) {
    TransmitQueue tx = queue.transmit();
    tx.begin(
        offloads, SEGMENT, headerLength, Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET, template);
    tx.add(slabRegion, 0, headerLength);
    tx.add(slabRegion, HEADERS + nextPayload, payload);
    tx.end(0);
    nextPayload += payload;
    if (nextPayload + payload > PAYLOADS) {
      nextPayload = 0;
    }
  }

  /** Lets the device work and takes completions; returns packets moved. */
  int poll() {
    int moved = queue.doWork(1);
    queue.transmit().poll(this, 1 << 20);
    queue.receive().poll(this, 1 << 20);
    return moved;
  }

  @Override
  public void onFrame(int bufferId, int length, int flags, int flowTag) {
    frames++;
    bytes += length;
    tags += flowTag;
    post(bufferId);
  }

  @Override
  public void onTransmitComplete(long cookie, int status) {
    sent++;
    if (status != 0) {
      throw new IllegalStateException("a packet was refused: " + status);
    }
  }

  @Override
  public void close() {
    nic.close();
    arena.close();
  }
}
