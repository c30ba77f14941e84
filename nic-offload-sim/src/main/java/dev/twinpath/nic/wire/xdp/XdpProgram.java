package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.linux.BpfCalls;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;

/** A steering program in the kernel with its two maps; detached and gone when it is closed. */
final class XdpProgram implements AutoCloseable {
  private static final String NAME = "twinpath_steer";
  private static final String LICENSE = "Apache-2.0";
  private static final int NONE = -1;

  private final int queues;
  private int sockets = NONE;
  private int counters = NONE;
  private int program = NONE;
  private int link = NONE;
  private boolean hasFragments = true;
  private boolean attachedNatively;
  private String nativeRefusal = "";

  private XdpProgram(int queues) {
    this.queues = queues;
  }

  /**
   * Loads the program; it is not attached yet.
   *
   * @param queues receive queues that may have a socket
   * @throws IOException with the verifier's words when it refuses
   */
  static XdpProgram load(XdpSteering steering, int queues) throws IOException {
    XdpProgram loaded = new XdpProgram(queues);
    try {
      loaded.load(steering);
      return loaded;
    } catch (IOException e) {
      loaded.close();
      throw e;
    }
  }

  private void load(XdpSteering steering) throws IOException {
    sockets = BpfCalls.createMap(BpfCalls.MAP_TYPE_XSKMAP, Integer.BYTES, queues, "twinpath_xsks");
    if (sockets < 0) {
      throw new IOException("cannot make a map of AF_XDP sockets: " + describe(sockets));
    }
    int bytes = SteeringVerdict.values().length * Long.BYTES;
    counters = BpfCalls.createMap(BpfCalls.MAP_TYPE_ARRAY, bytes, 1, "twinpath_counts");
    if (counters < 0) {
      throw new IOException("cannot make a BPF map: " + describe(counters));
    }
    byte[] instructions = SteeringProgram.assemble(steering, sockets, counters);
    StringBuilder log = new StringBuilder();
    program = BpfCalls.loadProgram(instructions, BpfCalls.XDP_HAS_FRAGS, NAME, LICENSE, log);
    if (program == -Errno.EINVAL) {
      // Before Linux 5.18 there are no frames in pieces, and no such flag.
      hasFragments = false;
      log.setLength(0);
      program = BpfCalls.loadProgram(instructions, 0, NAME, LICENSE, log);
    }
    if (program < 0) {
      throw new IOException(
          "the kernel refuses the XDP program: " + describe(program) + "\n" + log);
    }
  }

  private static String describe(int status) {
    return Errno.describe(-status)
        + (status == -Errno.EPERM ? "; it needs CAP_BPF and CAP_NET_ADMIN, or root" : "");
  }

  /** Gives a receive queue its socket. */
  void bind(int queue, int socket) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long value = arena.allocate(8, 8).address();
      Memory.putInt(value, socket);
      int status = BpfCalls.update(sockets, queue, value);
      if (status < 0) {
        throw new IOException(
            "cannot steer queue " + queue + " to its socket: " + Errno.describe(-status));
      }
    }
  }

  /** Attaches the program: in the driver if it can, else on socket buffers. */
  void attach(NetworkDevice device, XdpConfig.Attachment wanted) throws IOException {
    int status = 0;
    if (wanted != XdpConfig.Attachment.GENERIC) {
      status = BpfCalls.attach(program, device.index(), BpfCalls.XDP_FLAGS_NATIVE);
      attachedNatively = status >= 0;
      nativeRefusal = status < 0 ? Errno.describe(-status) : "";
    }
    boolean occupied = status == -Errno.EBUSY || status == -Errno.EEXIST;
    if (!attachedNatively && !occupied && wanted != XdpConfig.Attachment.NATIVE) {
      status = BpfCalls.attach(program, device.index(), BpfCalls.XDP_FLAGS_GENERIC);
      occupied = status == -Errno.EBUSY || status == -Errno.EEXIST;
    }
    if (status < 0) {
      throw new IOException(
          "cannot attach the XDP program to "
              + device.name()
              + ": "
              + describe(status)
              + (occupied
                  ? "; another XDP program is there (ip link show " + device.name() + " tells)"
                  : "")
              + (status == -Errno.ERANGE
                  ? "; the MTU is too large for XDP in this driver: make it smaller"
                  : ""));
    }
    link = status;
  }

  /** Whether the driver runs the program, rather than the kernel's generic hook. */
  boolean isAttachedNatively() {
    return attachedNatively;
  }

  /** Why the driver does not run it; empty when it does or was not asked. */
  String nativeRefusal() {
    return nativeRefusal;
  }

  /** Whether frames may come in several pieces. */
  boolean hasFragments() {
    return hasFragments;
  }

  /** How many frames had this verdict; 0 when the kernel does not tell. */
  long count(SteeringVerdict verdict) {
    try (Arena arena = Arena.ofConfined()) {
      long values =
          arena.allocate((long) SteeringVerdict.values().length * Long.BYTES, 8).address();
      BpfCalls.lookUp(counters, 0, values);
      return Memory.getLong(values + (long) verdict.ordinal() * Long.BYTES);
    }
  }

  /** Detaches the program first, so that the kernel gets all frames before the sockets go. */
  @Override
  public void close() {
    link = close(link);
    program = close(program);
    counters = close(counters);
    sockets = close(sockets);
  }

  private static int close(int descriptor) {
    if (descriptor >= 0) {
      Linux.close(descriptor);
    }
    return NONE;
  }
}
