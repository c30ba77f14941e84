package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Next hops and source addresses of both IP versions (RFC 6724 section 5). */
class RouteTableTest {
  private static RouteTable table() {
    return new RouteTable(
        Stream.of(
                "192.0.2.1/24", "10.1.0.1/16", "2001:db8:1::1/64", "2001:db8:2::1/64", "fe80::1/64")
            .map(InterfaceAddress::parse)
            .toList(),
        Stream.of(
                "default via 192.0.2.254",
                "198.51.100.0/24 via 10.1.0.254",
                "198.51.100.128/25 via 10.1.0.253",
                "default via fe80::ff",
                "2001:db8:9::/48 via 2001:db8:2::ff",
                "2001:db8:9:9::/64 via 2001:db8:1::ff")
            .map(Route::parse)
            .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77,192.0.2.77",
    "10.1.200.3,10.1.200.3",
    "8.8.8.8,192.0.2.254",
    "198.51.100.5,10.1.0.254",
    "198.51.100.200,10.1.0.253",
    "2001:db8:1::5,2001:db8:1::5",
    "2001:db8:9::5,2001:db8:2::ff",
    "2001:db8:9:9::5,2001:db8:1::ff",
    "2001:4860::1,fe80::ff",
    "fe80::5,fe80::5"
  })
  void theNextHop(String destination, String hop) {
    IpAddress a = IpAddress.parse(destination);
    Route route = table().find(a.high(), a.low());
    IpAddress found = new IpAddress(route.hopHigh(a.high()), route.hopLow(a.low()));
    assertThat(found).isEqualTo(IpAddress.parse(hop));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77,192.0.2.1",
    "10.1.9.9,10.1.0.1",
    "8.8.8.8,192.0.2.1",
    "198.51.100.5,10.1.0.1",
    // Rule 1: the same address. Rule 2: the scope. Rule 5: the link. Rule 8: the prefix.
    "2001:db8:2::1,2001:db8:2::1",
    "fe80::5,fe80::1",
    "2001:db8:1::5,2001:db8:1::1",
    "2001:db8:2::5,2001:db8:2::1",
    "2001:db8:9::5,2001:db8:2::1",
    "2001:4860::1,2001:db8:1::1"
  })
  void theSource(String destination, String source) {
    IpAddress a = IpAddress.parse(destination);
    assertThat(table().sourceFor(a.high(), a.low())).isEqualTo(IpAddress.parse(source));
  }

  @Test
  void whatMayNotBeUsedIsNoSourceAndNotLocal() {
    RouteTable table = table();
    IpAddress first = IpAddress.parse("2001:db8:1::1");
    IpAddress near = IpAddress.parse("2001:db8:1::5");
    int index = table.indexOf(first.high(), first.low());
    for (AddressState state : new AddressState[] {AddressState.TENTATIVE, AddressState.DUPLICATE}) {
      table.state(index, state);
      assertThat(table.isLocal(first.high(), first.low())).isFalse();
      assertThat(table.indexOf(first.high(), first.low())).isEqualTo(index);
      assertThat(table.sourceFor(near.high(), near.low())).isNotEqualTo(first);
    }
    table.state(index, AddressState.OPTIMISTIC);
    assertThat(table.isLocal(first.high(), first.low())).isTrue();
    assertThat(table.sourceFor(near.high(), near.low())).isEqualTo(first);
  }

  @Test
  void withoutARouteThereIsNone() {
    RouteTable table =
        new RouteTable(List.of(InterfaceAddress.parse("2001:db8:1::1/64")), List.of());
    IpAddress far = IpAddress.parse("2001:db8:2::1");
    assertThat(table.find(far.high(), far.low())).isNull();
    IpAddress v4 = IpAddress.parse("192.0.2.1");
    assertThat(table.find(v4.high(), v4.low())).isNull();
    assertThat(table.sourceFor(v4.high(), v4.low())).isNull();
  }

  @Test
  void broadcastsAreIpv4s() {
    RouteTable table = table();
    assertThat(table.isBroadcast(Ipv4Address.parse("192.0.2.255"))).isTrue();
    assertThat(table.isBroadcast(Ipv4Address.parse("10.1.255.255"))).isTrue();
    assertThat(table.isBroadcast(-1)).isTrue();
    assertThat(table.isBroadcast(Ipv4Address.parse("10.1.0.255"))).isFalse();
  }
}
