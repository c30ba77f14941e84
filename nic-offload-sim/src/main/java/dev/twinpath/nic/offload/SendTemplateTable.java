package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.ParsedPacket;

/**
 * The send templates of one protection domain. All methods but {@link #check} are for the control
 * plane, which is trusted: whoever may only write descriptors has no way to them. They may be
 * called from any thread while the device works on another; what changes is seen by packets whose
 * doorbell rings later, and perhaps by earlier ones.
 */
public final class SendTemplateTable {
  private final TemplateStore store;
  private final int domain;

  /** A table of one domain, number 0, with a store of its own that lives as long as the process. */
  public SendTemplateTable() {
    this(new TemplateStore(), 0);
  }

  /** The part of a store that belongs to a domain. */
  public SendTemplateTable(TemplateStore store, int domain) {
    this.store = store;
    this.domain = domain;
  }

  /**
   * Adds a template.
   *
   * @return its id, which is positive
   * @throws IllegalStateException when there are 1,048,575, or the NIC is closed
   */
  public int add(SendTemplate template) {
    return store.add(domain, template);
  }

  /** Removes a template; an id that is stale, unknown or another domain's does nothing. */
  public boolean remove(int id) {
    return store.remove(domain, id);
  }

  /**
   * Sets the window of sequence numbers that may be sent: all that a packet takes (its payload, and
   * one for each of SYN and FIN) must lie in {@code low} to {@code low + length}, modulo 2^32. A
   * packet that takes none may also stand at the end.
   *
   * @param length 0 to 2^32-1; {@link SendTemplate#ANY_WINDOW} for no limit
   * @return false when the id is stale, unknown or another domain's: nothing was done
   */
  public boolean moveWindow(int id, int low, long length) {
    if (length < 0 || length > SendTemplate.ANY_WINDOW) {
      throw new IllegalArgumentException("a window has 0 to 2^32-1 numbers, not " + length);
    }
    return store.moveWindow(domain, id, low, length);
  }

  /**
   * Sets the TCP flags that may be set, and no other.
   *
   * @return false when the id is stale, unknown or another domain's: nothing was done
   */
  public boolean permitFlags(int id, int flags) {
    if ((flags & ~SendTemplate.ALL_FLAGS) != 0) {
      throw new IllegalArgumentException("TCP has 12 bits of flags, not " + flags);
    }
    return store.permitFlags(domain, id, flags);
  }

  /** How many templates the domain has. */
  public int size() {
    return store.size(domain);
  }

  /**
   * The device's question: may this packet be sent? Takes no lock.
   *
   * @param packet its headers, in memory that the host cannot change meanwhile
   * @return a {@link TemplateVerdict}
   */
  public int check(int id, ParsedPacket packet) {
    return store.check(domain, id, packet);
  }
}
