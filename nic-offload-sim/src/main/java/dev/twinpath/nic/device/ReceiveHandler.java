package dev.twinpath.nic.device;

/** Told of received frames, in the order of arrival. */
@FunctionalInterface
public interface ReceiveHandler {
  /**
   * One frame is in a buffer, which belongs to the host again.
   *
   * @param bufferId what {@link ReceiveQueue#post} was given
   * @param length bytes from the Ethernet header; 0 when the device could not use the buffer
   * @param flags {@link dev.twinpath.nic.offload.ReceiveFlags}
   * @param flowTag the flow table's tag, or -1
   */
  void onFrame(int bufferId, int length, int flags, int flowTag);
}
