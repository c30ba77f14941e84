package dev.twinpath.userstack.netty;

import dev.twinpath.userstack.ip.IpAddress;
import org.junit.jupiter.api.Nested;

/** What the suite asks of connecting, ending and datagrams, over IPv6. */
class UserStackOverIpv6SuiteTest {
  private static TransportFixture hosts6() {
    return new UserStackFixture(IpAddress.parse("fd00::1").toInetAddress());
  }

  @Nested
  class ConnectTest extends ConnectContract {
    @Override
    TransportFixture open() {
      return hosts6();
    }
  }

  @Nested
  class ShutdownTest extends ShutdownContract {
    @Override
    TransportFixture open() {
      return hosts6();
    }
  }

  @Nested
  class DatagramTest extends DatagramContract {
    @Override
    TransportFixture open() {
      return hosts6();
    }
  }
}
