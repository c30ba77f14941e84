package dev.twinpath.nic.device;

/** Whose thread the device works on. */
public enum DeviceMode {
  /** Each queue pair on its host's thread, within {@link QueuePair#doWork}. */
  INLINE,
  /** All of them by a {@link NicAgent}, which somebody steps: a test, on a clock of its own. */
  AGENT,
  /** All of them by a {@link NicAgent} on a thread that the NIC starts and ends. */
  THREAD
}
