package dev.twinpath.server.doctor;

import dev.twinpath.nic.wire.PacketSocketWire;
import java.util.List;
import java.util.Optional;

/** Whether packet sockets can be had, by opening one that is bound to nothing, and where. */
final class PacketProbe {
  private static final String SUBJECT = "wire packet:IFACE";

  private PacketProbe() {}

  static Finding run(List<Interface> interfaces) {
    return judge(PacketSocketWire.unavailability(), interfaces);
  }

  static Finding judge(Optional<String> unavailable, List<Interface> interfaces) {
    List<String> details = interfaces.stream().map(Interface::describe).toList();
    if (unavailable.isPresent()) {
      return Finding.unusable(SUBJECT, unavailable.get()).with(details);
    }
    boolean any = interfaces.stream().anyMatch(Interface::isUsable);
    return any
        ? Finding.usable(SUBJECT, "one more host on that interface's cable").with(details)
        : Finding.unusable(
                SUBJECT,
                "no Ethernet interface is up here; try: ip link set IFACE up, or make a pair:"
                    + " ip link add veth0 type veth peer name veth1")
            .with(details);
  }
}
