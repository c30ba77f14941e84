package dev.twinpath.nic.offload;

/** Host memory as the device may write it: by region and offset, checked each time. */
@FunctionalInterface
public interface HostMemory {
  /** Where a piece of memory lies, or -1 when the device may not write it. */
  long writable(int region, long offset, int length);
}
