package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.stack.StackConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** What the adapter's command line says: addresses, and sysctls by Linux's names. */
final class AdapterOptions {
  static final String USAGE =
      """
       [options]
        --local ADDRESS/BITS     an address of the stack, may be repeated; default 192.168.0.1/16
        --gateway ADDRESS        next hop to everything else, one per IP version; default 192.168.0.2
        --remote ADDRESS         the peer, for the record; default 192.0.2.1
        --mtu BYTES              of the link; default 1500
        --sysctl NAME=VALUE      as Linux's, such as net.ipv4.tcp_ecn=1; may be repeated
      """;

  private final StackConfig config;
  private final Sysctls sysctls;
  private final int mtu;

  private AdapterOptions(StackConfig config, Sysctls sysctls, int mtu) {
    this.config = config;
    this.sysctls = sysctls;
    this.mtu = mtu;
  }

  /**
   * Reads the options.
   *
   * @param warnings told of sysctls that Linux has and that have no effect here
   * @throws IllegalArgumentException says which option is wrong
   */
  static AdapterOptions parse(List<String> args, Consumer<String> warnings) {
    List<String> locals = new ArrayList<>();
    List<String> gateways = new ArrayList<>();
    int mtu = 1500;
    Sysctls sysctls = new Sysctls(warnings);
    for (int i = 0; i < args.size(); i += 2) {
      String name = args.get(i);
      if (i + 1 == args.size()) {
        throw new IllegalArgumentException(name + " needs a value");
      }
      String value = args.get(i + 1);
      switch (name) {
        case "--local" -> locals.add(value);
        case "--gateway" -> gateways.add(value);
        case "--remote" -> warnings.accept("--remote " + value + ": every address is reachable");
        case "--mtu" -> mtu = Integer.parseInt(value);
        case "--sysctl" -> sysctls.set(value);
        default -> throw new IllegalArgumentException("no option " + name + "; there are" + USAGE);
      }
    }
    if (locals.isEmpty()) {
      locals.add("192.168.0.1/16");
    }
    if (gateways.isEmpty()) {
      gateways.add("192.168.0.2");
    }
    StackConfig.Builder builder = sysctls.builder();
    locals.forEach(builder::address);
    gateways.forEach(builder::gateway);
    builder.maxConnections(4096).sendSlab(64 << 20).receivePool(64 << 20).receiveBuffers(64);
    return new AdapterOptions(builder.build(), sysctls, mtu);
  }

  StackConfig config() {
    return config;
  }

  Sysctls sysctls() {
    return sysctls;
  }

  int mtu() {
    return mtu;
  }
}
