package dev.twinpath.userstack.ip;

import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.device.TransmitCompletionHandler;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.userstack.stack.BlockPool;

/**
 * The shard's way to the transmit ring. Every packet starts with a header in a slot of a registered
 * ring of slots; the device completes packets in order, so a slot is free again as soon as the
 * packet's number is completed, and "has the device finished reading this?" is a comparison of
 * packet numbers.
 *
 * <p>Small packets without a connection (ARP, ICMP, RST) go whole from a block of the send slab.
 */
public final class LinkOutput implements TransmitCompletionHandler, AutoCloseable {
  /** Room for Ethernet, IPv4 and TCP headers with all options. */
  public static final int HEADER_SLOT = 128;

  /** The cookie of packets that belong to no connection. */
  public static final long NO_CONNECTION = -1;

  /** Told when the device could not send a connection's packet. */
  @FunctionalInterface
  public interface FaultHandler {
    /** A packet failed with a status other than OK. */
    void onTransmitFault(long cookie, int status);
  }

  private final TransmitQueue queue;
  private final RegisteredMemory memory;
  private final long headers;
  private final long headersSize;
  private final int headerRegion;
  private final int mask;
  private final int[] blocks;
  private final BlockPool slab;
  private final int slabRegion;
  private FaultHandler faults = (cookie, status) -> {};
  private long ended;
  private long completed;
  private boolean rung = true;

  /**
   * Registers the header slots.
   *
   * @param slots packets that may be in flight, rounded up to a power of two
   */
  public LinkOutput(
      QueuePair queue, RegisteredMemory memory, int slots, BlockPool slab, int slabRegion) {
    this.queue = queue.transmit();
    this.memory = memory;
    this.slab = slab;
    this.slabRegion = slabRegion;
    int count = Integer.highestOneBit(Math.max(2, slots) - 1) << 1;
    mask = count - 1;
    blocks = new int[count];
    java.util.Arrays.fill(blocks, -1);
    headersSize = (long) count * HEADER_SLOT;
    headers = BlockPool.map(headersSize);
    headerRegion = memory.register(headers, headersSize, RegisteredMemory.READ);
  }

  /** Sets who is told of failed packets. */
  public void faultHandler(FaultHandler handler) {
    faults = handler;
  }

  /** Descriptors of the transmit ring. */
  public int capacity() {
    return queue.capacity();
  }

  /** Whether a packet of a header and so many pieces fits now. */
  public boolean hasRoom(int pieces) {
    return ended - completed <= mask && queue.freeDescriptors() >= pieces + 2;
  }

  /** Whether so many packets of one piece fit now. */
  public boolean hasRoomFor(int packets) {
    return ended - completed + packets <= mask + 1 && queue.freeDescriptors() >= packets * 3;
  }

  /** Address of the next packet's header slot. */
  public long headerSlot() {
    return headers + (ended & mask) * HEADER_SLOT;
  }

  /** The number that the next packet gets; it is complete once {@link #completed} is greater. */
  public long nextPacket() {
    return ended;
  }

  /** Packets completed: every packet with a smaller number is done with. */
  public long completed() {
    return completed;
  }

  /** Starts a packet whose header lies in {@link #headerSlot}; see {@link TransmitQueue#begin}. */
  public void begin(
      int offloads, int segmentSize, int headerLength, int checksumStart, int template) {
    queue.begin(offloads, segmentSize, headerLength, checksumStart, CHECKSUM_OFFSET_TCP, template);
    queue.add(headerRegion, (ended & mask) * HEADER_SLOT, headerLength);
  }

  private static final int CHECKSUM_OFFSET_TCP = 16;

  /** Has the NIC hold the packet until a time; see {@link TransmitQueue#launchTime}. */
  public void launchTime(long nanos) {
    queue.launchTime(nanos);
  }

  /** Adds a piece of registered memory to the packet. */
  public void add(int region, long offset, int length) {
    queue.add(region, offset, length);
  }

  /** Ends the packet. */
  public void end(long cookie) {
    queue.end(cookie);
    ended++;
    rung = false;
  }

  /** Sends the first bytes of the header slot as a whole frame that needs no offload. */
  public void sendSlot(int length) {
    queue.begin(0, 0, 0, 0, 0, 0);
    queue.add(headerRegion, (ended & mask) * HEADER_SLOT, length);
    end(NO_CONNECTION);
  }

  /**
   * Sends a whole frame that lies in a block of the slab and those that follow it; they are given
   * back when it is done.
   */
  public void sendBlock(int block, int length) {
    queue.begin(0, 0, 0, 0, 0, 0);
    addBlocks(block, length);
  }

  /**
   * The same for a frame whose transport checksum the device completes, and IPv4's.
   *
   * @param headerLength bytes of all headers
   * @param checksumStart where the transport header begins
   * @param checksumOffset where in it the checksum stands, now the pseudo-header's sum
   */
  public void sendBlock(
      int block, int length, int headerLength, int checksumStart, int checksumOffset) {
    queue.begin(TransmitQueue.CHECKSUM, 0, headerLength, checksumStart, checksumOffset, 0);
    addBlocks(block, length);
  }

  private void addBlocks(int first, int length) {
    int left = length;
    for (int block = first; left > 0; block = slab.next(block)) {
      int piece = Math.min(left, slab.blockSize());
      queue.add(slabRegion, slab.offset(block), piece);
      left -= piece;
    }
    blocks[(int) (ended & mask)] = first;
    end(NO_CONNECTION);
  }

  /** Whether so many packets fit now, of so many pieces together. */
  public boolean hasRoom(int packets, int pieces) {
    return ended - completed + packets <= mask + 1
        && queue.freeDescriptors() >= packets + pieces + 1;
  }

  /** Whether so many packets would fit into an empty ring. */
  public boolean canHold(int packets, int pieces) {
    return packets <= mask + 1 && queue.capacity() >= packets + pieces + 1;
  }

  /** The pool of {@link #sendBlock}. */
  public BlockPool slab() {
    return slab;
  }

  /** Rings the doorbell if anything was ended since the last time. */
  public void doorbell() {
    if (!rung) {
      rung = true;
      queue.doorbell();
    }
  }

  /** Takes completions. */
  public int pollCompletions() {
    return ended == completed ? 0 : queue.poll(this, mask + 1);
  }

  @Override
  public void onTransmitComplete(long cookie, int status) {
    int slot = (int) (completed & mask);
    int block = blocks[slot];
    if (block >= 0) {
      blocks[slot] = -1;
      slab.give(block);
    }
    completed++;
    if (status != 0) {
      faults.onTransmitFault(cookie, status);
    }
  }

  /** Counts every packet as done: the device does no more work. */
  public void abandon() {
    completed = ended;
  }

  /** Packets that the device has not completed. */
  public long inFlight() {
    return ended - completed;
  }

  @Override
  public void close() {
    memory.deregister(headerRegion);
    Linux.munmap(headers, headersSize);
  }
}
