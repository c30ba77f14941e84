package dev.twinpath.nic.wire;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.ShellCommand;
import java.nio.file.Path;
import org.awaitility.Awaitility;

/**
 * A network namespace's own sysfs. {@code ip netns exec} mounts it for each command that it runs,
 * where only that command sees it: one that sleeps shows it to us by way of {@code /proc}.
 */
final class NamespaceSysfs implements AutoCloseable {
  private final ShellCommand sleeper;
  private final Path path;

  NamespaceSysfs(NetworkNamespace namespace) {
    sleeper = namespace.start("sh", "-c", "echo $$; exec sleep 600");
    Awaitility.await().until(() -> sleeper.outputSoFar().endsWith("\n"));
    path = Path.of("/proc", sleeper.outputSoFar().strip(), "root", "sys");
  }

  /** Where it is mounted, for this process. */
  Path path() {
    return path;
  }

  @Override
  public void close() {
    sleeper.close();
  }
}
