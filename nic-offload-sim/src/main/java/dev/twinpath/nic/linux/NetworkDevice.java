package dev.twinpath.nic.linux;

import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * What the kernel tells of a network device in the calling thread's network namespace
 * (netdevice(7), ethtool's ioctl). A snapshot: the device may change.
 *
 * @param name its name
 * @param index its number in the namespace
 * @param macAddress its 48 bits
 * @param mtu the longest IP packet that it sends
 * @param up whether it is up
 * @param ethernet whether its frames have Ethernet headers; not so of the loopback, or a tunnel
 * @param driver the driver's name, such as {@code veth}; empty where it does not tell
 * @param receiveQueues how many receive queues are in use; 0 where the driver does not tell
 */
public record NetworkDevice(
    String name,
    int index,
    long macAddress,
    int mtu,
    boolean up,
    boolean ethernet,
    String driver,
    int receiveQueues) {
  private static final int NAME_SIZE = 16;
  private static final int REQUEST_LENGTH = 40;
  private static final long SIOCGIFFLAGS = 0x8913;
  private static final long SIOCGIFMTU = 0x8921;
  private static final long SIOCGIFHWADDR = 0x8927;
  private static final long SIOCGIFINDEX = 0x8933;
  private static final long SIOCETHTOOL = 0x8946;
  private static final int IFF_UP = 1;
  private static final int ARPHRD_ETHER = 1;

  private static final int ETHTOOL_GDRVINFO = 0x03;
  private static final int ETHTOOL_GCHANNELS = 0x3c;

  /** {@code struct ethtool_drvinfo}; the driver's name follows the command. */
  private static final int DRIVER_INFO_LENGTH = 196;

  private static final int DRIVER_NAME = 4;
  private static final int DRIVER_NAME_SIZE = 32;

  /** {@code struct ethtool_channels}: the command, four maxima, then the counts in use. */
  private static final int CHANNELS_LENGTH = 36;

  private static final int RX_COUNT = 20;
  private static final int COMBINED_COUNT = 32;

  /**
   * Asks for a device.
   *
   * @throws IOException when there is none of that name here, or the kernel does not tell
   */
  public static NetworkDevice find(String name) throws IOException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length >= NAME_SIZE) {
      throw new IOException("a network device's name has 1 to 15 characters, not \"" + name + '"');
    }
    int socket =
        SocketCalls.socket(
            SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC, 0);
    if (socket < 0) {
      throw new IOException("cannot open a socket: " + Errno.describe(-socket));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(REQUEST_LENGTH, 8);
      request.setString(0, name);
      long value = request.address() + NAME_SIZE;
      ask(socket, SIOCGIFINDEX, request, name);
      int index = Memory.getInt(value);
      ask(socket, SIOCGIFMTU, request, name);
      int mtu = Memory.getInt(value);
      ask(socket, SIOCGIFFLAGS, request, name);
      boolean up = (Memory.getShort(value) & IFF_UP) != 0;
      ask(socket, SIOCGIFHWADDR, request, name);
      boolean ethernet = Memory.getShort(value) == ARPHRD_ETHER;
      long mac = Memory.getLongBE(value + 2) >>> 16;
      return new NetworkDevice(
          name,
          index,
          mac,
          mtu,
          up,
          ethernet,
          driver(socket, request, arena),
          queues(socket, request, arena));
    } finally {
      Linux.close(socket);
    }
  }

  private static void ask(int socket, long question, MemorySegment request, String name)
      throws IOException {
    int status = Linux.ioctl(socket, question, request.address());
    if (status == -Errno.ENODEV) {
      throw new IOException("there is no network device " + name + " in this network namespace");
    }
    if (status < 0) {
      throw new IOException("cannot ask for the device " + name + ": " + Errno.describe(-status));
    }
  }

  private static String driver(int socket, MemorySegment request, Arena arena) {
    MemorySegment info = arena.allocate(DRIVER_INFO_LENGTH, 8);
    if (!ethtool(socket, request, info, ETHTOOL_GDRVINFO)) {
      return "";
    }
    return info.asSlice(DRIVER_NAME, DRIVER_NAME_SIZE).getString(0);
  }

  private static int queues(int socket, MemorySegment request, Arena arena) {
    MemorySegment channels = arena.allocate(CHANNELS_LENGTH, 8);
    if (!ethtool(socket, request, channels, ETHTOOL_GCHANNELS)) {
      return 0;
    }
    long at = channels.address();
    return Memory.getInt(at + RX_COUNT) + Memory.getInt(at + COMBINED_COUNT);
  }

  private static boolean ethtool(
      int socket, MemorySegment request, MemorySegment argument, int command) {
    Memory.putInt(argument.address(), command);
    Memory.putLong(request.address() + NAME_SIZE, argument.address());
    return Linux.ioctl(socket, SIOCETHTOOL, request.address()) >= 0;
  }
}
