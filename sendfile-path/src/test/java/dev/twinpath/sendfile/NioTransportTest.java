package dev.twinpath.sendfile;

/** {@link KernelTransportContract} on {@link KernelTransport#NIO}. */
class NioTransportTest extends KernelTransportContract {
  @Override
  KernelTransport transport() {
    return KernelTransport.NIO;
  }
}
