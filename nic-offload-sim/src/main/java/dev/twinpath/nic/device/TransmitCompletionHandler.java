package dev.twinpath.nic.device;

/** Told of packets that the device is done with, in the order of {@link TransmitQueue#end}. */
@FunctionalInterface
public interface TransmitCompletionHandler {
  /**
   * One packet is done: its memory is no longer read.
   *
   * @param cookie what {@link TransmitQueue#end} was given
   * @param status {@link TransmitStatus}
   */
  void onTransmitComplete(long cookie, int status);
}
