package dev.twinpath.userstack.ip;

/** Whether an address of ours may be used (RFC 4862 section 2, RFC 4429). */
public enum AddressState {
  /** Used and answered for. */
  PREFERRED,
  /** It is being asked whether somebody has it: neither used nor answered for. */
  TENTATIVE,
  /** It is being asked, and used already, since the answer is nearly always no. */
  OPTIMISTIC,
  /** Somebody else has it: not used. */
  DUPLICATE;

  /** Whether packets may come and go with the address. */
  public boolean isUsable() {
    return this == PREFERRED || this == OPTIMISTIC;
  }
}
