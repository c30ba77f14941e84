package dev.twinpath.sendfile;

/** {@link KernelTransportContract} on {@link KernelTransport#IO_URING}. */
class IoUringTransportTest extends KernelTransportContract {
  @Override
  KernelTransport transport() {
    return KernelTransport.IO_URING;
  }
}
