package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TemplateStore;
import java.util.ArrayList;
import java.util.List;

/** The protection domains of one NIC, and the two tables that they share without seeing it. */
final class ProtectionDomains implements AutoCloseable {
  /** A domain as it was configured. */
  record Wanted(String name, ProtectionDomain.Policy policy, List<Integer> queues) {}

  private final RegionTable regions = new RegionTable();
  private final TemplateStore templates = new TemplateStore();
  private final List<ProtectionDomain> domains = new ArrayList<>();
  private final ProtectionDomain[] ofQueue;

  ProtectionDomains(List<Wanted> configured, int queuePairs) {
    ofQueue = new ProtectionDomain[queuePairs];
    ProtectionDomain ofAll = add("default", ProtectionDomain.Policy.TRUSTED);
    java.util.Arrays.fill(ofQueue, ofAll);
    for (Wanted wanted : configured) {
      ProtectionDomain domain = add(wanted.name, wanted.policy);
      for (int queue : wanted.queues) {
        if (queue >= queuePairs) {
          throw new IllegalArgumentException(
              "queue pair "
                  + queue
                  + " is given to domain "
                  + wanted.name
                  + ", but there are "
                  + queuePairs);
        }
        ofQueue[queue] = domain;
      }
    }
  }

  private ProtectionDomain add(String name, ProtectionDomain.Policy policy) {
    int id = domains.size();
    ProtectionDomain domain =
        new ProtectionDomain(
            id,
            name,
            policy,
            new RegisteredMemory(regions, id),
            new SendTemplateTable(templates, id));
    domains.add(domain);
    return domain;
  }

  ProtectionDomain ofQueue(int queuePair) {
    return ofQueue[queuePair];
  }

  List<ProtectionDomain> all() {
    return List.copyOf(domains);
  }

  ProtectionDomain get(int id) {
    return domains.get(id);
  }

  @Override
  public void close() {
    regions.close();
    templates.close();
  }
}
