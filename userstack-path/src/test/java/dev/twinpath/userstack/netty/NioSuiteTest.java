package dev.twinpath.userstack.netty;

import org.junit.jupiter.api.Nested;

/** The suite over the kernel's TCP: shows that it asks for nothing peculiar to our stack. */
class NioSuiteTest {
  @Nested
  class ConnectTest extends ConnectContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }

  @Nested
  class EchoTest extends EchoContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }

  @Nested
  class ReadTest extends ReadContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }

  @Nested
  class ShutdownTest extends ShutdownContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }

  @Nested
  class TlsTest extends TlsContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }

  @Nested
  class WriteTest extends WriteContract {
    @Override
    TransportFixture open() {
      return new NioFixture();
    }
  }
}
