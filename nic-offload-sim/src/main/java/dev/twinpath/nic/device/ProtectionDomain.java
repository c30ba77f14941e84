package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.SendTemplateTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Who holds a queue pair, as far as the NIC can tell them apart: the queue pairs, the registered
 * memory and the send templates that belong together. Descriptors of a domain's queues reach the
 * domain's own memory and templates, and nothing else.
 *
 * <p>What a domain's host holds is its rings, into which it may write anything, and its memory.
 * This object, and all that registers, steers or permits, is the control plane's, which is trusted.
 * Made with the NIC by {@link NicConfig#withDomain}; any thread.
 */
public final class ProtectionDomain {
  /** What a domain may send. */
  public enum Policy {
    /** Anything: the domain of a stack that is trusted with the wire. */
    TRUSTED,
    /** Only packets that name a template and keep to it. */
    TEMPLATES_REQUIRED
  }

  /** The number of the domain that every queue belongs to that no other was given. */
  public static final int DEFAULT = 0;

  private final int id;
  private final String name;
  private final Policy policy;
  private final RegisteredMemory memory;
  private final SendTemplateTable templates;
  private final List<QueuePair> queuePairs = new ArrayList<>();

  ProtectionDomain(
      int id, String name, Policy policy, RegisteredMemory memory, SendTemplateTable templates) {
    this.id = id;
    this.name = name;
    this.policy = policy;
    this.memory = memory;
    this.templates = templates;
  }

  void add(QueuePair queuePair) {
    queuePairs.add(queuePair);
  }

  /** Its number: 0 for the default one, then in the order of configuration. */
  public int id() {
    return id;
  }

  public String name() {
    return name;
  }

  public Policy policy() {
    return policy;
  }

  /** The memory that the domain's descriptors may name. */
  public RegisteredMemory memory() {
    return memory;
  }

  /** The templates that the domain's packets may name. */
  public SendTemplateTable sendTemplates() {
    return templates;
  }

  /** Its queue pairs. */
  public List<QueuePair> queuePairs() {
    return List.copyOf(queuePairs);
  }

  /**
   * Packets of all its queues that were refused for a cause.
   *
   * @param status a {@link TransmitStatus} that is a refusal
   */
  public long refused(int status) {
    long sum = 0;
    for (QueuePair queuePair : queuePairs) {
      sum += queuePair.counters().refused(status);
    }
    return sum;
  }

  /** Packets of all its queues that broke a template, or that named none where they must. */
  public long templateViolations() {
    long sum = 0;
    for (QueuePair queuePair : queuePairs) {
      sum += queuePair.counters().templateViolations();
    }
    return sum;
  }

  @Override
  public String toString() {
    return "domain " + id + " (" + name + ")";
  }
}
