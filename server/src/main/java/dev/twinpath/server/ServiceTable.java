package dev.twinpath.server;

import dev.twinpath.userstack.stack.StackConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What each path does and lacks, from the live configuration of the kernel and of the stack: it has
 * to stand beside every figure that compares them.
 */
final class ServiceTable {
  private static final Path KERNEL = Path.of("/proc/sys/net/ipv4");

  private ServiceTable() {}

  /** One line for each service: name, sendfile, userstack. */
  static List<Map<String, String>> of(StackConfig stack) {
    List<Map<String, String>> table = new ArrayList<>();
    add(table, "HTTP/1.1, FTP", "yes", "yes, the same handlers");
    add(table, "file checked at each request", "fstat", "fstat");
    add(
        table,
        "TCP congestion control",
        kernel("tcp_congestion_control"),
        stack.congestionControl());
    add(table, "TCP SACK", kernelSwitch("tcp_sack"), yes(stack.sack()));
    add(table, "TCP timestamps", kernelSwitch("tcp_timestamps"), yes(stack.timestamps()));
    add(
        table,
        "TCP window scaling",
        kernelSwitch("tcp_window_scaling"),
        yes(stack.windowScaling()));
    add(table, "TCP SYN cookies", kernelSwitch("tcp_syncookies"), "no");
    add(table, "TCP RACK-TLP loss detection", rack(), "yes");
    add(table, "TCP ECN", ecn(kernel("tcp_ecn")), ecn(Integer.toString(stack.ecn())));
    add(table, "TCP buffer auto-tuning", kernelSwitch("tcp_moderate_rcvbuf"), "yes");
    add(table, "path MTU from ICMP", pathMtuDiscovery(), "yes");
    add(table, "path MTU by probing", kernelSwitch("tcp_mtu_probing"), "no");
    add(table, "IP fragments put together", "yes", "no");
    add(table, "IPv6", "yes", "yes");
    add(table, "packet filter (netfilter)", "yes", "no");
    add(table, "checksums", "kernel or NIC", "simulated NIC");
    add(table, "outgoing packets checked by template", "no", "simulated NIC");
    add(table, "TLS", "no", "no");
    add(table, "access log", "no", "no");
    return table;
  }

  private static void add(
      List<Map<String, String>> table, String name, String sendfile, String userstack) {
    table.add(Map.of("name", name, "sendfile", sendfile, "userstack", userstack));
  }

  private static String yes(boolean on) {
    return on ? "yes" : "no";
  }

  private static String kernelSwitch(String name) {
    String value = kernel(name);
    return value.equals("unknown") ? value : yes(!value.equals("0"));
  }

  /** The first bit of tcp_recovery, of the kernel's ip-sysctl documentation. */
  private static String rack() {
    String value = kernel("tcp_recovery");
    return value.matches("\\d{1,9}") ? yes((Integer.parseInt(value) & 1) != 0) : value;
  }

  /** tcp_ecn: 0 never, 1 asks for it, 2 agrees when the peer asks. */
  private static String ecn(String value) {
    switch (value) {
      case "0":
        return "no";
      case "1":
        return "yes";
      case "2":
        return "when the client asks";
      default:
        return value;
    }
  }

  private static String pathMtuDiscovery() {
    String value = kernel("ip_no_pmtu_disc");
    return value.equals("unknown") ? value : yes(value.equals("0"));
  }

  private static String kernel(String name) {
    try {
      return Files.readString(KERNEL.resolve(name)).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
