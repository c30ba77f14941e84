package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/** What TAP and macvtap descriptors are told before frames cross (the kernel's tuntap.rst). */
final class TapDescriptor {
  static final int OPEN_FLAGS = Linux.O_RDWR | Linux.O_NONBLOCK | Linux.O_CLOEXEC;

  /** Where the flags are in {@code struct ifreq}, after the name. */
  static final int IFREQ_FLAGS = 16;

  static final int IFREQ_LENGTH = 40;

  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNGETFEATURES = 0x800454cfL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final long TUNGETIFF = 0x800454d2L;
  private static final long TUNSETVNETHDRSZ = 0x400454d8L;
  private static final int IFF_TAP = 0x0002;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int TUN_F_CSUM = 0x01;
  private static final int TUN_F_TSO4 = 0x02;
  private static final int TUN_F_TSO6 = 0x04;
  private static final int TUN_F_USO4 = 0x20;
  private static final int TUN_F_USO6 = 0x40;
  private static final int TCP_OFFLOADS = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

  private TapDescriptor() {}

  /**
   * TUNSETIFF: attaches a descriptor to the device whose name is in {@code request}, a {@code
   * struct ifreq}, or makes it; frames come with a virtio-net header.
   */
  static int attach(int fd, long request, boolean multiQueue) {
    int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (multiQueue ? IFF_MULTI_QUEUE : 0);
    Memory.putShort(request + IFREQ_FLAGS, flags);
    return Linux.ioctl(fd, TUNSETIFF, request);
  }

  /** TUNGETIFF: the name of the device that a descriptor is attached to. */
  static int attachedTo(int fd, long request) {
    return Linux.ioctl(fd, TUNGETIFF, request);
  }

  /** The length of the header before each frame. */
  static int setHeaderLength(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      long length = arena.allocate(4, 4).address();
      Memory.putInt(length, VirtioNetHeader.LENGTH);
      return Linux.ioctl(fd, TUNSETVNETHDRSZ, length);
    }
  }

  /** Frames come cut and summed. */
  static int setNoOffloads(int fd) {
    return Linux.ioctl(fd, TUNSETOFFLOAD, 0);
  }

  /**
   * Frames may come uncut and with partial checksums.
   *
   * @return 1 when UDP may come uncut too, 0 when this kernel does not know that (before 6.2), or
   *     {@code -errno}
   */
  static int setOffloads(int fd) {
    int all = TCP_OFFLOADS | TUN_F_USO4 | TUN_F_USO6;
    int status = Linux.ioctl(fd, TUNSETOFFLOAD, all);
    if (status != -Errno.EINVAL) {
      return status < 0 ? status : 1;
    }
    return Linux.ioctl(fd, TUNSETOFFLOAD, TCP_OFFLOADS);
  }

  /** TUNGETFEATURES: the interface flags that the driver knows, or {@code -errno}. */
  static int features(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      long features = arena.allocate(4, 4).address();
      int status = Linux.ioctl(fd, TUNGETFEATURES, features);
      return status < 0 ? status : Memory.getInt(features);
    }
  }

  static boolean knowsMultiQueue(int features) {
    return (features & IFF_MULTI_QUEUE) != 0;
  }

  static boolean knowsVirtioHeader(int features) {
    return (features & IFF_VNET_HDR) != 0;
  }
}
