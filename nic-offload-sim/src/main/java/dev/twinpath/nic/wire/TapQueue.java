package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.IoVector;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.EthernetHeader;
import java.lang.foreign.Arena;

/** One descriptor of a TAP or macvtap device. */
final class TapQueue implements WireQueue {
  static final int MAX_FRAME = 65535 + EthernetHeader.LENGTH;

  private final int fd;
  private final VirtioGather gather;
  private final long receiveVector;
  private final long receiveHeader;

  /** Whether the device was deleted under us. */
  private volatile boolean gone;

  TapQueue(Arena arena, int fd) {
    this.fd = fd;
    this.gather = new VirtioGather(arena);
    this.receiveVector = arena.allocate((long) IoVector.LENGTH * 2, 64).address();
    this.receiveHeader = arena.allocate(16, 64).address();
    IoVector.set(receiveVector, 0, receiveHeader, VirtioNetHeader.LENGTH);
  }

  @Override
  public int transmit(Frame frame) {
    if (gone) {
      return -Errno.ENODEV;
    }
    if (frame.totalLength() > MAX_FRAME) {
      return -Errno.EMSGSIZE;
    }
    long written = gather.write(fd, frame);
    return written >= 0 ? 0 : (int) written;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    if (gone) {
      return 0;
    }
    IoVector.set(receiveVector, 1, address, capacity);
    long read = Linux.readv(fd, receiveVector, 2);
    if (read < 0) {
      if (read == -Errno.EBADFD) {
        becomeQuiet();
      }
      return read == -Errno.EAGAIN || read == -Errno.EINTR ? 0 : (int) read;
    }
    context.clear();
    VirtioNetHeader.read(receiveHeader, context);
    // A read that was too small is cut without a word; that shows only by filling the buffer.
    int length = (int) read - VirtioNetHeader.LENGTH;
    return length == capacity ? -Errno.EMSGSIZE : length;
  }

  /**
   * The descriptor of a deleted device reports an error to poll(2) for ever, so that nobody could
   * sleep on it any more: an eventfd that never fires takes its place.
   */
  private void becomeQuiet() {
    int quiet = Linux.eventfd(0, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
    if (quiet >= 0) {
      gone = true;
      Linux.dup3(quiet, fd, Linux.O_CLOEXEC);
      Linux.close(quiet);
    }
  }

  /** Whether the device was deleted; what is sent is lost. */
  boolean isGone() {
    return gone;
  }

  @Override
  public boolean receiveIsSystemCall() {
    return true;
  }

  @Override
  public int pollableFd() {
    return fd;
  }

  /** The descriptor is level-triggered: a frame that waits makes poll(2) return at once. */
  @Override
  public boolean armInterrupt() {
    return true;
  }

  @Override
  public void disarmInterrupt() {}

  void close() {
    Linux.close(fd);
  }
}
