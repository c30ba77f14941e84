package dev.twinpath.testsupport;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.wire.TapWire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace of a test's own, removed on close.
 *
 * <p>A TAP device is made inside it: {@link #openTap} runs on a thread that entered the namespace,
 * so that the main namespace never sees the device.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final String name;
  private final List<ShellCommand> background = new ArrayList<>();

  private NetworkNamespace(String name) {
    this.name = name;
  }

  /** Makes one, with its loopback up. */
  public static NetworkNamespace create() {
    String name = "tp" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    ShellCommand.run("ip", "netns", "add", name).check();
    NetworkNamespace namespace = new NetworkNamespace(name);
    namespace.exec("ip", "link", "set", "lo", "up").check();
    // No router solicitations or other chatter of IPv6 on the devices that come.
    namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
    return namespace;
  }

  public String name() {
    return name;
  }

  /** Runs a command inside and waits for its end, a minute at most. */
  public ShellCommand.Result exec(String... command) {
    return ShellCommand.run(inside(command));
  }

  /** Runs a shell line inside and waits for its end. */
  public ShellCommand.Result shell(String line) {
    return exec("sh", "-c", line);
  }

  /** Starts a command inside; it is ended with the namespace at the latest. */
  public ShellCommand start(String... command) {
    ShellCommand started = ShellCommand.start(inside(command));
    background.add(started);
    return started;
  }

  private String[] inside(String... command) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
    words.addAll(List.of(command));
    return words.toArray(new String[0]);
  }

  /** Makes a TAP device inside and brings it up. */
  public TapWire openTap(String device, int queues) {
    return openTap(device, queues, true);
  }

  /** The same with or without offloads. */
  public TapWire openTap(String device, int queues, boolean offloads) {
    TapWire wire = call(() -> TapWire.open(device, queues, offloads));
    exec("ip", "link", "set", device, "up").check();
    return wire;
  }

  /** A device's MAC address. */
  public long macAddress(String device) {
    String text = shell("cat /sys/class/net/" + device + "/address").check().strip();
    return Long.parseLong(text.replace(":", ""), 16);
  }

  /** Makes a TAP device inside with the kernel's address and neighbour, brought up. */
  public TapWire openTap(String device, int queues, String kernelAddressWithPrefix) {
    TapWire wire = openTap(device, queues);
    exec("ip", "address", "add", kernelAddressWithPrefix, "dev", device).check();
    return wire;
  }

  /** Lets a device inside speak IPv6, with an address that may be used at once. */
  public void addIpv6(String device, String addressWithPrefix) {
    String settings = "net.ipv6.conf." + device + ".";
    exec("sysctl", "-qw", settings + "accept_dad=0", settings + "disable_ipv6=0").check();
    exec("ip", "-6", "address", "add", addressWithPrefix, "dev", device, "nodad").check();
  }

  /** Runs something on a thread that is inside the namespace: sockets made there belong to it. */
  public <T> T call(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                enter();
                result.complete(action.call());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            },
            "in-" + name);
    thread.setDaemon(true);
    thread.start();
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("in namespace " + name, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Moves the calling thread into the namespace for the rest of its life. */
  public void enter() throws IOException {
    int fd = Linux.open("/run/netns/" + name, Linux.O_RDONLY | Linux.O_CLOEXEC, 0);
    if (fd < 0) {
      throw new IOException("cannot open the namespace " + name + ": errno " + -fd);
    }
    try {
      int status = Linux.setns(fd, Linux.CLONE_NEWNET);
      if (status < 0) {
        throw new IOException("cannot enter the namespace " + name + ": errno " + -status);
      }
    } finally {
      Linux.close(fd);
    }
  }

  /** Moves a device of the main namespace inside. */
  public void moveIn(String device) {
    ShellCommand.run("ip", "link", "set", device, "netns", name).check();
  }

  /** Connects this namespace and another by a veth pair, both ends up and with their addresses. */
  public void connect(
      String device,
      String addressWithPrefix,
      NetworkNamespace other,
      String otherDevice,
      String otherAddressWithPrefix) {
    exec(
            "ip",
            "link",
            "add",
            device,
            "type",
            "veth",
            "peer",
            "name",
            otherDevice,
            "netns",
            other.name)
        .check();
    exec("ip", "address", "add", addressWithPrefix, "dev", device).check();
    exec("ip", "link", "set", device, "up").check();
    other.exec("ip", "address", "add", otherAddressWithPrefix, "dev", otherDevice).check();
    other.exec("ip", "link", "set", otherDevice, "up").check();
  }

  @Override
  public void close() {
    background.forEach(ShellCommand::close);
    ShellCommand.run("ip", "netns", "delete", name);
  }
}
