package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Epoll;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.IoVector;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.VlanTag;
import java.io.IOException;
import java.lang.foreign.Arena;

/** One packet socket: a system call for each frame, straight from and to where its pieces are. */
final class PacketSocketQueue implements WireQueue {
  static final int MAX_FRAME = 65535 + EthernetHeader.LENGTH;

  /** How long a driver whose queue is full is waited for before a frame counts as dropped. */
  static final long PATIENCE_NANOS = 10_000_000;

  private static final long SIOCGIFFLAGS = 0x8913;
  private static final int IFREQ_LENGTH = 40;
  private static final int IFREQ_VALUE = 16;
  private static final int IFF_RUNNING = 0x40;

  /** Where the fields of {@code struct msghdr} are on 64-bit machines. */
  private static final int MSG_IOV = 16;

  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;
  private static final int MSG_LENGTH = 56;

  private static final int CMSG_LEVEL = 8;
  private static final int CMSG_TYPE = 12;
  private static final int CMSG_DATA = 16;
  private static final int PACKET_AUXDATA = 8;
  private static final int AUXDATA_LENGTH = 20;
  private static final int AUX_VLAN_TCI = 16;
  private static final int AUX_VLAN_TPID = 18;
  private static final int TP_STATUS_VLAN_VALID = 1 << 4;
  private static final int CONTROL_LENGTH = CMSG_DATA + 24;

  /** Where a tag stands: after the two MAC addresses. */
  private static final int TAG_OFFSET = 12;

  private final int fd;
  private final int epoll;
  private final NanoClock clock;
  private final VirtioGather gather;
  private final long receiveVector;
  private final long receiveHeader;
  private final long message;
  private final long control;
  private final long event;
  private final long interfaceRequest;
  private final long statistics;

  /** Whether the socket had no room for a frame, and will tell when it has. */
  private boolean socketFull;

  /** When the driver first had no room for the frame that waits, or 0. */
  private long driverFullSince;

  private boolean armed;

  /** Frames that the kernel threw away because this queue did not take them in time. */
  private long overrun;

  private long driverDrops;
  private volatile boolean closed;

  PacketSocketQueue(Arena arena, int fd, String device, NanoClock clock) throws IOException {
    this.fd = fd;
    this.clock = clock;
    gather = new VirtioGather(arena);
    receiveVector = arena.allocate((long) IoVector.LENGTH * 2, 64).address();
    receiveHeader = arena.allocate(16, 64).address();
    message = arena.allocate(MSG_LENGTH, 64).address();
    control = arena.allocate(CONTROL_LENGTH, 64).address();
    event = arena.allocate(Epoll.EVENT_LENGTH, 8).address();
    interfaceRequest = arena.allocate(IFREQ_LENGTH, 8).address();
    statistics = arena.allocate(8, 8).address();
    Memory.segment(interfaceRequest, IFREQ_LENGTH).setString(0, device);
    IoVector.set(receiveVector, 0, receiveHeader, VirtioNetHeader.LENGTH);
    Memory.putLong(message + MSG_IOV, receiveVector);
    Memory.putLong(message + MSG_IOVLEN, 2);
    Memory.putLong(message + MSG_CONTROL, control);
    epoll = Epoll.create();
    int status = epoll < 0 ? epoll : Epoll.control(epoll, Epoll.CTL_ADD, fd, Epoll.EPOLLIN, event);
    if (status < 0) {
      Linux.close(epoll);
      throw new IOException("cannot make an epoll descriptor: " + Errno.describe(-status));
    }
  }

  @Override
  public int transmit(Frame frame) {
    if (frame.totalLength() > MAX_FRAME) {
      return -Errno.EMSGSIZE;
    }
    long written = gather.write(fd, frame);
    if (written >= 0) {
      socketFull = false;
      driverFullSince = 0;
      return 0;
    }
    return refused((int) -written);
  }

  private int refused(int errno) {
    socketFull = errno == Errno.EAGAIN;
    switch (errno) {
      case Errno.EAGAIN:
      case Errno.EINTR:
        return -Errno.EAGAIN;
      case Errno.ENOBUFS:
        return driverFull();
      default:
        // Among them ENETDOWN of a device that is down, ENXIO of one that is gone.
        driverFullSince = 0;
        return -errno;
    }
  }

  /**
   * ENOBUFS: the driver's queue, or the queueing discipline, did not take the frame and the kernel
   * freed it. A line that is busy will have room in a moment, and a sender that is held back loses
   * nothing; but the same error comes without a carrier, when nothing will ever leave.
   */
  private int driverFull() {
    long now = clock.nanoTime();
    if (driverFullSince == 0 && hasCarrier()) {
      driverFullSince = now == 0 ? 1 : now;
    }
    if (driverFullSince != 0 && now - driverFullSince < PATIENCE_NANOS) {
      return -Errno.EAGAIN;
    }
    driverFullSince = 0;
    driverDrops++;
    return -Errno.ENOBUFS;
  }

  private boolean hasCarrier() {
    return Linux.ioctl(fd, SIOCGIFFLAGS, interfaceRequest) >= 0
        && (Memory.getShort(interfaceRequest + IFREQ_VALUE) & IFF_RUNNING) != 0;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    IoVector.set(receiveVector, 1, address, capacity);
    Memory.putLong(message + MSG_CONTROLLEN, CONTROL_LENGTH);
    // With MSG_TRUNC the frame's own length comes back, however much of it fitted.
    long read = SocketCalls.receiveMessage(fd, message, SocketCalls.MSG_TRUNC);
    if (read < 0) {
      return read == -Errno.EAGAIN || read == -Errno.EINTR ? 0 : (int) read;
    }
    int length = (int) read - VirtioNetHeader.LENGTH;
    if (length > capacity) {
      return -Errno.EMSGSIZE;
    }
    context.clear();
    VirtioNetHeader.read(receiveHeader, context);
    return hasStrippedTag() ? putTagBack(address, length, capacity, context) : length;
  }

  private boolean hasStrippedTag() {
    return Memory.getLong(message + MSG_CONTROLLEN) >= CMSG_DATA + AUXDATA_LENGTH
        && Memory.getInt(control + CMSG_LEVEL) == SocketCalls.SOL_PACKET
        && Memory.getInt(control + CMSG_TYPE) == PACKET_AUXDATA
        && (Memory.getInt(control + CMSG_DATA) & TP_STATUS_VLAN_VALID) != 0;
  }

  /**
   * The kernel, or the real NIC, takes a VLAN tag out of every frame and tells it beside. It
   * belongs to the frame: without it traffic of another network would look like ours.
   */
  private int putTagBack(long address, int length, int capacity, Frame context) {
    if (length < EthernetHeader.LENGTH) {
      return length;
    }
    if (length + VlanTag.LENGTH > capacity) {
      return -Errno.EMSGSIZE;
    }
    long tag = address + TAG_OFFSET;
    Memory.copy(tag, tag + VlanTag.LENGTH, length - TAG_OFFSET);
    Memory.putShortBE(tag, Memory.getShort(control + CMSG_DATA + AUX_VLAN_TPID));
    Memory.putShortBE(tag + 2, Memory.getShort(control + CMSG_DATA + AUX_VLAN_TCI));
    if (context.needsChecksum()) {
      context.requestChecksum(context.checksumStart() + VlanTag.LENGTH, context.checksumOffset());
    }
    if (context.headerLength() != 0) {
      context.headerLength(context.headerLength() + VlanTag.LENGTH);
    }
    return length + VlanTag.LENGTH;
  }

  @Override
  public boolean receiveIsSystemCall() {
    return true;
  }

  /** Readable on a frame and, where one waits for it, on room. */
  @Override
  public int pollableFd() {
    return epoll;
  }

  @Override
  public boolean signalsRoom() {
    return true;
  }

  @Override
  public boolean armInterrupt() {
    if (driverFullSince != 0) {
      // A driver does not tell when it has room again.
      return false;
    }
    if (socketFull) {
      armed = true;
      Epoll.control(epoll, Epoll.CTL_MOD, fd, Epoll.EPOLLIN | Epoll.EPOLLOUT, event);
    }
    // Level-triggered: a frame that waits, or room that is there, makes poll(2) return at once.
    return true;
  }

  @Override
  public void disarmInterrupt() {
    if (armed) {
      armed = false;
      Epoll.control(epoll, Epoll.CTL_MOD, fd, Epoll.EPOLLIN, event);
    }
  }

  /**
   * Frames that the kernel threw away because nobody took them in time. Each question resets the
   * kernel's own count (packet(7), PACKET_STATISTICS), so it is added up here. From any thread.
   */
  @Override
  public synchronized long receiveOverruns() {
    if (!closed
        && SocketCalls.getOption(
                fd, PacketSocket.SOL_PACKET, PacketSocket.PACKET_STATISTICS, statistics, 8)
            >= 0) {
      overrun += Integer.toUnsignedLong(Memory.getInt(statistics + 4));
    }
    return overrun;
  }

  /** Frames that the driver did not take though they waited for it, or for want of a carrier. */
  long driverDrops() {
    return driverDrops;
  }

  synchronized void close() {
    receiveOverruns();
    closed = true;
    Linux.close(epoll);
    Linux.close(fd);
  }
}
