package dev.twinpath.nic.wire.xdp;

/** What a queue counts on its own side. Written by its thread; others may see values a bit old. */
final class XdpQueueCounters {
  /** System calls that asked the kernel to send or to take chunks. */
  long wakeUps;

  /** Of them, those after which the kernel had sent nothing: it had no room or no memory. */
  long refusedWakeUps;

  /** Frames that the device took and dropped. */
  long transmitDropped;

  /** Frames whose transport checksum the peer's kernel had left unfinished. */
  long unfinishedChecksums;
}
