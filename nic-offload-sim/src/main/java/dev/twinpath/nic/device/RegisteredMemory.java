package dev.twinpath.nic.device;

import dev.twinpath.nic.offload.HostMemory;

/**
 * The memory that the device may touch for one protection domain, as an IOMMU's table gives it:
 * regions with bounds and rights. Descriptors name memory by a region's key and an offset, never by
 * address; a queue's descriptors reach the regions of the queue's own domain and no other.
 *
 * <p>A key has a generation in its high bits, so that a key that was deregistered is refused even
 * when its place in the table has a new owner. Registering and deregistering is for any thread;
 * translating takes no lock. Who deregisters a region first sees to it that no descriptor that
 * names it is in flight, as with any IOMMU.
 */
public final class RegisteredMemory implements HostMemory, AutoCloseable {
  /** The device may read the region: it may be sent from. */
  public static final int READ = 1;

  /** The device may write the region: it may be received into. */
  public static final int WRITE = 2;

  /** How many regions there can be at a time, of all domains. */
  public static final int MAX_REGIONS = 1 << 16;

  private final RegionTable table;
  private final int domain;

  /** A table with one domain, number 0. */
  RegisteredMemory() {
    this(new RegionTable(), ProtectionDomain.DEFAULT);
  }

  RegisteredMemory(RegionTable table, int domain) {
    this.table = table;
    this.domain = domain;
  }

  /**
   * Lets the device touch a range.
   *
   * @param address absolute
   * @param length bytes, not negative
   * @param access {@link #READ}, {@link #WRITE} or both
   * @return its key, not negative
   * @throws IllegalStateException when {@link #MAX_REGIONS} are registered, or the NIC is closed
   */
  public int register(long address, long length, int access) {
    if (address <= 0 || length < 0 || (access & ~(READ | WRITE)) != 0 || access == 0) {
      throw new IllegalArgumentException(
          "address " + address + ", length " + length + ", access " + access);
    }
    return table.register(domain, address, length, access);
  }

  /**
   * Ends the device's access; a key that is not registered, or is another domain's, does nothing.
   */
  public void deregister(int key) {
    table.deregister(domain, key);
  }

  /** How many regions the domain has. */
  public int regions() {
    return table.regions(domain);
  }

  /**
   * The device's question: where is this piece of memory?
   *
   * @param access what the device wants to do with it
   * @return its absolute address, or -1 when the key is unknown, stale or another domain's, the
   *     piece is not wholly inside, or the right is missing
   */
  public long translate(int key, long offset, int length, int access) {
    return table.translate(domain, key, offset, length, access);
  }

  @Override
  public long writable(int key, long offset, int length) {
    return translate(key, offset, length, WRITE);
  }

  /**
   * Frees the table, for all domains. No queue pair works any more; deregistering later does
   * nothing, so that who owns memory may outlive the NIC.
   */
  @Override
  public void close() {
    table.close();
  }
}
