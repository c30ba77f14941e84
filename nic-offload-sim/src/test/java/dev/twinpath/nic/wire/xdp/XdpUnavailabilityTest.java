package dev.twinpath.nic.wire.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A process that may not have an AF_XDP wire learns what it lacks. */
@RequiresRoot(commands = {"setpriv", "prlimit"})
class XdpUnavailabilityTest {
  /** What another process, started by these words, says. */
  private static String saidBy(String... words) {
    String[] command = new String[words.length + 5];
    System.arraycopy(words, 0, command, 0, words.length);
    int at = words.length;
    command[at++] = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    command[at++] = "--enable-native-access=ALL-UNNAMED";
    command[at++] = "-cp";
    command[at++] =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command[at] = Said.class.getName();
    return ShellCommand.run(command).check();
  }

  /** Prints what is said. */
  static final class Said {
    private Said() {}

    public static void main(String[] args) {
      System.out.println("unavailable: " + XdpWire.unavailability().orElse("no"));
    }
  }

  @Test
  void rootLacksNothing() {
    assertThat(XdpWire.unavailability()).isEmpty();
  }

  @Test
  void withoutNetRawThereIsNoSocket() {
    assertThat(saidBy("setpriv", "--bounding-set=-net_raw")).contains("CAP_NET_RAW");
  }

  @Test
  void withoutBpfThereIsNoProgram() {
    assertThat(saidBy("setpriv", "--bounding-set=-bpf,-net_admin,-sys_admin")).contains("CAP_BPF");
  }

  @Test
  void withoutLockedMemoryThereIsNone() {
    assertThat(saidBy("prlimit", "--memlock=65536", "setpriv", "--bounding-set=-ipc_lock"))
        .contains("ulimit -l");
  }
}
