package dev.twinpath.nic.wire;

class MemoryWireTest extends WireContract {
  @Override
  Wire[] ends() {
    MemoryWire.Pair pair = MemoryWire.pair();
    return new Wire[] {pair.left(), pair.right()};
  }
}
