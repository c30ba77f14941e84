package dev.twinpath.nic.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DeviceNodeTest {
  /** Documentation/admin-guide/devices.txt of the kernel: /dev/null is 1:3, /dev/zero 1:5. */
  private static final DeviceNode NULL = new DeviceNode(1, 3);

  @Test
  void readsWhatSysfsWrites() throws IOException {
    assertThat(DeviceNode.parse("246:1\n")).isEqualTo(new DeviceNode(246, 1));
    for (String wrong : new String[] {"", "246", "a:b", "1:2:3"}) {
      assertThatThrownBy(() -> DeviceNode.parse(wrong)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void knowsAFileThatIsTheDevice() {
    assertThat(NULL.isAt(Path.of("/dev/null"))).isTrue();
    assertThat(NULL.isAt(Path.of("/dev/zero"))).isFalse();
    assertThat(NULL.isAt(Path.of("/dev/nothing-of-that-name"))).isFalse();
    assertThat(NULL.isAt(Path.of("/"))).isFalse();
  }

  @Test
  @RequiresRoot
  void opensTheDeviceWithoutItsName() throws IOException {
    int fd = NULL.openPrivately(Linux.O_RDWR | Linux.O_CLOEXEC);
    assertThat(fd).isPositive();
    assertThat(NULL.isAt(Path.of("/proc/self/fd/" + fd))).isTrue();
    assertThat(Linux.close(fd)).isZero();
    assertThatThrownBy(() -> new DeviceNode(511, 1_000_000).openPrivately(Linux.O_RDWR))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ENXIO");
  }
}
