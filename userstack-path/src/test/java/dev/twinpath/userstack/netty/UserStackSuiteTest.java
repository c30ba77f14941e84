package dev.twinpath.userstack.netty;

import org.junit.jupiter.api.Nested;

/** The suite over two user-level hosts on a memory wire. */
class UserStackSuiteTest {
  @Nested
  class ConnectTest extends ConnectContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }

  @Nested
  class EchoTest extends EchoContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }

  @Nested
  class ReadTest extends ReadContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }

  @Nested
  class ShutdownTest extends ShutdownContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }

  @Nested
  class TlsTest extends TlsContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }

  @Nested
  class WriteTest extends WriteContract {
    @Override
    TransportFixture open() {
      return new UserStackFixture();
    }
  }
}
