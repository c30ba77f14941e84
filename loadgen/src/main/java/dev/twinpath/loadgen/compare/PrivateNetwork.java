package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The two network namespaces of a comparison: this process and the server are in one, the generator
 * in the other, and one unmodified kernel client reaches both paths.
 *
 * <pre>
 *   generator --- twin-k1 ==veth== twin-k0 --- kernel TCP  --- server (sendfile)
 *             --- twin-u0 ==TAP=============== user stack  --- server (userstack)
 * </pre>
 *
 * <p>The namespaces have no names: the kernel removes them, with all interfaces, when their last
 * process ends, however it ends.
 */
public final class PrivateNetwork {
  /** Where the kernel path listens. */
  static final String KERNEL_ADDRESS = "10.213.1.2";

  /** Where the user path listens. */
  static final String STACK_ADDRESS = "10.213.2.2";

  /** The server's end of the user path, as {@code --wire} names it. */
  static final String TAP = "twin-u0";

  private static final String[] COMMANDS = {"ip", "unshare", "nsenter"};

  private static final Path CONTROL = Path.of("/proc/sys/net/ipv4/tcp_congestion_control");
  private static final String AVAILABLE = "tcp_available_congestion_control";

  private PrivateNetwork() {}

  /** Returns whether this process is root, or mapped to it. */
  static boolean root() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("Uid:")) {
          return line.trim().split("\\s+")[2].equals("0");
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }

  /** Returns what this machine lacks for a private network, with what to do; empty: nothing. */
  public static List<String> obstacles() throws InterruptedException {
    List<String> obstacles = new ArrayList<>();
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
      return List.of("this is not Linux: network namespaces and TAP devices are Linux's");
    }
    List<String> missing = ExternalCommand.missing(COMMANDS);
    if (!missing.isEmpty()) {
      obstacles.add(
          "the command "
              + String.join(", ", missing)
              + " is missing: install iproute2 and util-linux");
    }
    Path tun = Path.of("/dev/net/tun");
    if (!Files.exists(tun)) {
      obstacles.add("/dev/net/tun is missing: modprobe tun, or give the container that device");
    } else if (!Files.isReadable(tun) || !Files.isWritable(tun)) {
      obstacles.add("/dev/net/tun may not be opened: run as root, or: sudo chmod 666 /dev/net/tun");
    }
    if (missing.isEmpty()) {
      try {
        List<String> probe = new ArrayList<>(unshare());
        probe.addAll(List.of("ip", "link", "add", "twin-probe", "type", "veth"));
        ExternalCommand.run(probe.toArray(String[]::new));
      } catch (IOException e) {
        obstacles.add(
            (root()
                    ? "root may not make network namespaces here (a container without"
                        + " CAP_SYS_ADMIN or CAP_NET_ADMIN?): "
                    : "users may not make network namespaces here: run as root, or allow"
                        + " unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone,"
                        + " kernel.apparmor_restrict_unprivileged_userns): ")
                + e.getMessage());
      }
    }
    return obstacles;
  }

  /** Returns the prefix that runs a command in a new network namespace. */
  static List<String> unshare() {
    return root()
        ? List.of("unshare", "--net")
        : List.of("unshare", "--user", "--map-root-user", "--net");
  }

  /**
   * Chooses the congestion control of new kernel connections in our namespace. A host may have
   * another one as default than the user path has: that would compare two algorithms.
   *
   * @return what the kernel path will use
   * @throws IOException if the kernel has none of that name
   */
  static String congestionControl(String name) throws IOException {
    if (name.equals("host")) {
      return Files.readString(CONTROL).trim();
    }
    String available = Files.readString(CONTROL.resolveSibling(AVAILABLE)).trim();
    if (!List.of(available.split("\\s+")).contains(name)) {
      throw new IOException(
          "the kernel does not take the congestion control " + name + "; there are: " + available);
    }
    return name;
  }

  /**
   * Joins our namespace and the generator's by a veth pair: the kernel path.
   *
   * @param control the congestion control of its connections; set on the route, for a namespace's
   *     default may only be one of those that are free for everybody
   */
  static void connectKernelPath(long generatorPid, String control)
      throws IOException, InterruptedException {
    String pid = String.valueOf(generatorPid);
    ip("link", "set", "lo", "up");
    ip("link", "add", "twin-k0", "type", "veth", "peer", "name", "twin-k1", "netns", pid);
    ip("addr", "add", KERNEL_ADDRESS + "/24", "dev", "twin-k0");
    ip("link", "set", "twin-k0", "up");
    ipInside(pid, "link", "set", "lo", "up");
    ipInside(pid, "addr", "add", "10.213.1.1/24", "dev", "twin-k1");
    ipInside(pid, "link", "set", "twin-k1", "up");
    String[] route = {
      "route",
      "replace",
      "10.213.1.0/24",
      "dev",
      "twin-k0",
      "src",
      KERNEL_ADDRESS,
      "congctl",
      control
    };
    ip(route);
  }

  /** Moves the TAP that the server holds to the generator's namespace: the user path. */
  static void connectUserPath(long generatorPid) throws IOException, InterruptedException {
    String pid = String.valueOf(generatorPid);
    ip("link", "set", TAP, "netns", pid);
    ipInside(pid, "addr", "add", "10.213.2.1/24", "dev", TAP);
    ipInside(pid, "link", "set", TAP, "up");
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    ExternalCommand.run(command.toArray(String[]::new));
  }

  private static void ipInside(String pid, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--net=/proc/" + pid + "/ns/net", "ip"));
    command.addAll(List.of(arguments));
    ExternalCommand.run(command.toArray(String[]::new));
  }
}
