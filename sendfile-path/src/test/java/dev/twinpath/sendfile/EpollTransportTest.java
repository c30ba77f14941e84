package dev.twinpath.sendfile;

/** {@link KernelTransportContract} on {@link KernelTransport#EPOLL}. */
class EpollTransportTest extends KernelTransportContract {
  @Override
  KernelTransport transport() {
    return KernelTransport.EPOLL;
  }
}
