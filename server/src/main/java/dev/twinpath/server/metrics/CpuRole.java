package dev.twinpath.server.metrics;

/** On whose behalf CPU time was spent: label {@code role}. */
public enum CpuRole implements LabelValue {
  /** Pipelines, content, Netty: on the sendfile path the user time of its event loops. */
  APPLICATION("application"),
  /** TCP/IP: the user stack, or, on the sendfile path, the system time of its event loops. */
  STACK("stack"),
  /** Work that a hardware NIC would do. */
  SIMULATED_NIC("simulated_nic"),
  /** The relay between kernel sockets and the user stack; never part of a comparison. */
  GATEWAY("gateway"),
  /** This admin server, scraping included. */
  ADMIN("admin"),
  /** The collector threads of the JVM. */
  GC("gc");

  private final String label;

  CpuRole(String label) {
    this.label = label;
  }

  @Override
  public String label() {
    return label;
  }
}
