package dev.twinpath.nic.wire;

import dev.twinpath.testsupport.NetworkNamespace;

/** Two network namespaces with a cable between them. */
record VethPair(NetworkNamespace left, NetworkNamespace right) implements AutoCloseable {
  static final String LEFT = "veth0";
  static final String RIGHT = "veth1";

  VethPair() {
    this(NetworkNamespace.create(), NetworkNamespace.create());
    left.exec("ip", "link", "add", LEFT, "type", "veth", "peer", "name", RIGHT).check();
    left.exec("ip", "link", "set", RIGHT, "netns", right.name()).check();
    left.exec("ip", "link", "set", LEFT, "up").check();
    right.exec("ip", "link", "set", RIGHT, "up").check();
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
