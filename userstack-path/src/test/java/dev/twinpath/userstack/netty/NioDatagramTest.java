package dev.twinpath.userstack.netty;

/** The contract over the kernel's UDP: shows that it asks for nothing peculiar to our stack. */
class NioDatagramTest extends DatagramContract {
  @Override
  TransportFixture open() {
    return new NioFixture();
  }
}
