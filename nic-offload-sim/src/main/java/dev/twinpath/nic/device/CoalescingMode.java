package dev.twinpath.nic.device;

/** Whether the NIC joins received segments. */
public enum CoalescingMode {
  /** Never: each frame comes as the wire gave it. */
  OFF,
  /** Always. */
  ON,
  /** Where what the wire gives is not joined already. */
  AUTO;

  /** Whether segments are joined over a wire that does it itself or does not. */
  boolean isOn(boolean wireCoalesces) {
    return this == ON || this == AUTO && !wireCoalesces;
  }
}
