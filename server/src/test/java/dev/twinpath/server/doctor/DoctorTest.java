package dev.twinpath.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.DeviceFeatures;
import dev.twinpath.nic.wire.TapFeatures;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor makes of what it finds. */
class DoctorTest {
  private static Interface device(String name, boolean up, boolean ethernet, boolean macvtap) {
    return new Interface(
        name, 7, up, ethernet, macvtap, "driver", 1500, 2, Set.of(DeviceFeatures.TSO4));
  }

  @Test
  void capabilitiesAreBitsOfTheStatusFile() {
    Capabilities some = Capabilities.parse(List.of("Name:\tx", "CapEff:\t0000000008001000"));
    assertThat(some.has(Capabilities.NET_ADMIN)).isTrue();
    assertThat(some.has(Capabilities.MKNOD)).isTrue();
    assertThat(some.has(13)).isFalse();
    assertThat(Capabilities.parse(List.of()).has(Capabilities.NET_ADMIN)).isFalse();
  }

  @Test
  void aTapNeedsPrivilegeAndAHeader() {
    TapFeatures all = new TapFeatures(true, true, true);
    assertThat(TapProbe.judge(true, all).usable()).isTrue();
    assertThat(TapProbe.judge(true, all).details().get(0)).contains("uncut UDP yes");
    Finding unprivileged = TapProbe.judge(false, new TapFeatures(true, true, false));
    assertThat(unprivileged.usable()).isFalse();
    assertThat(unprivileged.verdict()).contains("CAP_NET_ADMIN").contains("ip tuntap add");
    assertThat(unprivileged.details().get(0)).contains("no (Linux 6.2 has it)");
    assertThat(TapProbe.judge(true, new TapFeatures(true, false, false)).usable()).isFalse();
  }

  @Test
  void packetSocketsNeedPrivilegeAndAnInterface() {
    Interface up = device("eth1", true, true, false);
    Interface down = device("eth2", false, true, false);
    Interface loopback = device("lo", true, false, false);
    Finding good = PacketProbe.judge(Optional.empty(), List.of(loopback, down, up));
    assertThat(good.usable()).isTrue();
    assertThat(good.details())
        .containsExactly(
            "lo: no Ethernet",
            "eth2: driver, down, MTU 1500, receive queues 2, cuts TCP itself, UDP in software",
            "eth1: driver, MTU 1500, receive queues 2, cuts TCP itself, UDP in software");
    assertThat(PacketProbe.judge(Optional.empty(), List.of(loopback, down)).verdict())
        .contains("ip link set IFACE up");
    Finding refused = PacketProbe.judge(Optional.of("it needs CAP_NET_RAW"), List.of(up));
    assertThat(refused.usable()).isFalse();
    assertThat(refused.verdict()).contains("CAP_NET_RAW");
  }

  @Test
  void aMacvtapNeedsItsCharacterDevice(@TempDir Path dev) throws IOException {
    assertThat(MacvtapProbe.judge(List.of(), true, dev).verdict())
        .contains("ip link add link IFACE name macvtap0 type macvtap");
    List<Interface> up = List.of(device("mt0", true, true, true));
    assertThat(MacvtapProbe.judge(up, true, dev).usable()).isTrue();
    Finding missing = MacvtapProbe.judge(up, false, dev);
    assertThat(missing.usable()).isFalse();
    assertThat(missing.details().get(0)).contains("chown $USER " + dev.resolve("tap7"));
    Files.createFile(dev.resolve("tap7"));
    assertThat(MacvtapProbe.judge(up, false, dev).usable()).isTrue();
    List<Interface> down = List.of(device("mt0", false, true, true));
    assertThat(MacvtapProbe.judge(down, true, dev).usable()).isFalse();
  }

  @Test
  void aFolderThatIsNotThereHoldsNoSharedMemory(@TempDir Path folder) {
    assertThat(Doctor.memory(folder).usable()).isTrue();
    assertThat(Doctor.memory(folder.resolve("nothing")).usable()).isFalse();
  }

  @Test
  @RequiresRoot
  void findsTheInterfacesOfItsNamespaceAndLeavesThemAsTheyWere() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace.exec("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1").check();
      namespace.exec("ip", "link", "set", "v0", "up").check();
      String before = namespace.exec("ip", "-o", "link").check();
      List<Interface> found = namespace.call(Interface::all);
      assertThat(found).extracting(Interface::name).contains("lo", "v0", "v1");
      Interface v0 = found.stream().filter(i -> i.name().equals("v0")).findAny().orElseThrow();
      assertThat(v0.isUsable()).isTrue();
      assertThat(v0.describe()).startsWith("v0: veth, MTU 1500").contains("cuts TCP itself");
      List<Finding> findings = namespace.call(Doctor::userstack);
      assertThat(findings).extracting(Finding::subject).hasSize(6).doesNotHaveDuplicates();
      assertThat(findings.stream().filter(f -> f.subject().equals("wire packet:IFACE")))
          .singleElement()
          .matches(Finding::usable);
      assertThat(namespace.exec("ip", "-o", "link").check()).isEqualTo(before);
    }
  }
}
