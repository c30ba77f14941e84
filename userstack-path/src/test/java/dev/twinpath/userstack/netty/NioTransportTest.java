package dev.twinpath.userstack.netty;

/** The contract over the kernel's TCP: shows that it asks for nothing peculiar to our stack. */
class NioTransportTest extends TransportContract {
  @Override
  TransportFixture open() {
    return new NioFixture();
  }
}
