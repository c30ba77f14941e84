package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.KernelRelease;
import dev.twinpath.nic.linux.Linux;
import java.io.IOException;

/**
 * What this kernel's TAP devices can do, asked without making one.
 *
 * @param multiQueue several queues
 * @param virtioHeader the offload context before each frame, which {@link TapWire} needs
 * @param udpSegmentation uncut UDP, which the kernel has since 6.2 and does not tell before a
 *     device is there
 */
public record TapFeatures(boolean multiQueue, boolean virtioHeader, boolean udpSegmentation) {
  /**
   * Opens the device and asks.
   *
   * @throws IOException when it cannot be opened, with the reason
   */
  public static TapFeatures ofThisKernel() throws IOException {
    int fd = Linux.open(TapWire.CLONE_DEVICE, TapDescriptor.OPEN_FLAGS, 0);
    if (fd < 0) {
      throw new IOException("cannot open " + TapWire.CLONE_DEVICE + ": " + Errno.describe(-fd));
    }
    try {
      int features = TapDescriptor.features(fd);
      if (features < 0) {
        throw new IOException(
            TapWire.CLONE_DEVICE + " does not tell its features: " + Errno.describe(-features));
      }
      return new TapFeatures(
          TapDescriptor.knowsMultiQueue(features),
          TapDescriptor.knowsVirtioHeader(features),
          KernelRelease.isAtLeast(6, 2));
    } finally {
      Linux.close(fd);
    }
  }
}
