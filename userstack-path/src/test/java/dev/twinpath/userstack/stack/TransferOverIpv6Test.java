package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/** The same over IPv6. */
class TransferOverIpv6Test extends TransferTest {
  @Override
  TwoStacks net() {
    return TwoStacks.dual();
  }

  @Override
  IpAddress serverAddress() {
    return TwoStacks.SERVER_ADDRESS_6;
  }
}
