package dev.twinpath.nic.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Microsoft's published vectors, "Verifying the RSS Hash Calculation". */
class ToeplitzHashTest {
  private final ToeplitzHash hash = ToeplitzHash.standard();

  @ParameterizedTest
  @CsvSource({
    "161.142.100.80, 1766, 66.9.149.187, 2794, 323e8fc2, 51ccc178",
    "65.69.140.83, 4739, 199.92.111.2, 14230, d718262a, c626b0ea",
    "12.22.207.184, 38024, 24.19.198.95, 12898, d2d0a5de, 5c2b394a",
    "209.142.163.6, 2217, 38.27.205.30, 48228, 82989176, afc7327f",
    "202.188.127.2, 1303, 153.39.163.191, 44251, 5d1809c5, 10e828a2",
  })
  void ipv4(
      String destination,
      int destinationPort,
      String source,
      int sourcePort,
      String addressesOnly,
      String withPorts)
      throws UnknownHostException {
    int to = ByteBuffer.wrap(InetAddress.getByName(destination).getAddress()).getInt();
    int from = ByteBuffer.wrap(InetAddress.getByName(source).getAddress()).getInt();
    assertThat(hash.hash(from, to)).isEqualTo(Integer.parseUnsignedInt(addressesOnly, 16));
    assertThat(hash.hash(from, to, sourcePort, destinationPort))
        .isEqualTo(Integer.parseUnsignedInt(withPorts, 16));
  }

  @ParameterizedTest
  @CsvSource({
    "3ffe:2501:200:3::1, 1766, 3ffe:2501:200:1fff::7, 2794, 2cc18cd5, 40207d3d",
    "ff02::1, 4739, 3ffe:501:8::260:97ff:fe40:efab, 14230, 0f0c461c, dde51bbf",
    "fe80::200:f8ff:fe21:67cf, 38024, 3ffe:1900:4545:3:200:f8ff:fe21:67cf, 44251,"
        + " 4b61e985, 02d1feef",
  })
  void ipv6(
      String destination,
      int destinationPort,
      String source,
      int sourcePort,
      String addressesOnly,
      String withPorts)
      throws UnknownHostException {
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    input.writeBytes(InetAddress.getByName(source).getAddress());
    input.writeBytes(InetAddress.getByName(destination).getAddress());
    assertThat(hash.hash(input.toByteArray()))
        .isEqualTo(Integer.parseUnsignedInt(addressesOnly, 16));
    input.writeBytes(
        ByteBuffer.allocate(4)
            .putShort((short) sourcePort)
            .putShort((short) destinationPort)
            .array());
    assertThat(hash.hash(input.toByteArray())).isEqualTo(Integer.parseUnsignedInt(withPorts, 16));
  }
}
