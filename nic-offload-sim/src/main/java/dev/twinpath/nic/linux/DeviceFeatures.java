package dev.twinpath.nic.linux;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a network device does for its host, by the names that {@code ethtool -k} shows: {@code
 * tx-tcp-segmentation}, {@code tx-checksum-ip-generic} and so on.
 */
public final class DeviceFeatures {
  /** Cuts TCP over IPv4. */
  public static final String TSO4 = "tx-tcp-segmentation";

  /** Cuts TCP over IPv6. */
  public static final String TSO6 = "tx-tcp6-segmentation";

  /** Cuts UDP. */
  public static final String USO = "tx-udp-segmentation";

  private static final int NAME_SIZE = 16;
  private static final int REQUEST_LENGTH = 40;
  private static final long SIOCETHTOOL = 0x8946;
  private static final int ETHTOOL_GSTRINGS = 0x1b;
  private static final int ETHTOOL_GSSET_INFO = 0x37;
  private static final int ETHTOOL_GFEATURES = 0x3a;
  private static final int ETH_SS_FEATURES = 4;
  private static final int STRING_SIZE = 32;
  private static final int MAX_FEATURES = 1024;

  /** {@code struct ethtool_get_features_block}: available, requested, active, never changed. */
  private static final int BLOCK_LENGTH = 16;

  private static final int BLOCK_ACTIVE = 8;

  private DeviceFeatures() {}

  /**
   * The names of what is switched on at a device of the calling thread's network namespace; empty
   * when the kernel does not tell.
   */
  public static Set<String> active(String device) {
    byte[] name = device.getBytes(StandardCharsets.UTF_8);
    if (name.length == 0 || name.length >= NAME_SIZE) {
      return Set.of();
    }
    int socket =
        SocketCalls.socket(
            SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM | SocketCalls.SOCK_CLOEXEC, 0);
    if (socket < 0) {
      return Set.of();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(REQUEST_LENGTH, 8);
      request.setString(0, device);
      return active(socket, request, arena);
    } finally {
      Linux.close(socket);
    }
  }

  private static Set<String> active(int socket, MemorySegment request, Arena arena) {
    // struct ethtool_sset_info: command, reserved, a mask of the sets asked for, a count for each.
    long sets = arena.allocate(24, 8).address();
    Memory.putInt(sets, ETHTOOL_GSSET_INFO);
    Memory.putLong(sets + 8, 1L << ETH_SS_FEATURES);
    if (!ask(socket, request, sets) || Memory.getLong(sets + 8) == 0) {
      return Set.of();
    }
    int count = Memory.getInt(sets + 16);
    if (count <= 0 || count > MAX_FEATURES) {
      return Set.of();
    }
    MemorySegment names = arena.allocate(12L + (long) count * STRING_SIZE, 8);
    Memory.putInt(names.address(), ETHTOOL_GSTRINGS);
    Memory.putInt(names.address() + 4, ETH_SS_FEATURES);
    Memory.putInt(names.address() + 8, count);
    int blocks = (count + 31) / 32;
    long features = arena.allocate(8L + (long) blocks * BLOCK_LENGTH, 8).address();
    Memory.putInt(features, ETHTOOL_GFEATURES);
    Memory.putInt(features + 4, blocks);
    if (!ask(socket, request, names.address()) || !ask(socket, request, features)) {
      return Set.of();
    }
    Set<String> active = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      int bits = Memory.getInt(features + 8 + (long) (i / 32) * BLOCK_LENGTH + BLOCK_ACTIVE);
      if ((bits >>> (i % 32) & 1) != 0) {
        active.add(names.asSlice(12L + (long) i * STRING_SIZE, STRING_SIZE).getString(0));
      }
    }
    return active;
  }

  private static boolean ask(int socket, MemorySegment request, long argument) {
    Memory.putLong(request.address() + NAME_SIZE, argument);
    return Linux.ioctl(socket, SIOCETHTOOL, request.address()) >= 0;
  }
}
