package dev.twinpath.nic.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureFilterTest {
  private final Arena arena = Arena.ofConfined();
  private final CapturedPacket packet = new CapturedPacket(arena);
  private final long at = arena.allocate(1 << 16, 64).address();

  @AfterEach
  void free() {
    arena.close();
  }

  private boolean takes(String filter) {
    return CaptureFilter.parse(filter).matches(packet);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          host example.org                   | 6  | names are not looked up
          port http                          | 6  | names are not looked up
          host                               | 5  | expected a value
          port 65536                         | 6  | 0 to 65535
          portrange 80-x                     | 14 | a range A-B
          net 10.0.0.1/8                     | 5  | bits beyond its prefix length of 8
          net 10.0.0.0/33                    | 14 | 0 to 32
          net fd00::/129                     | 12 | 0 to 128
          host 10.0.0.0/8                    | 6  | write 'net 10.0.0.0/8'
          host 10.0.0                        | 6  | is not an address
          host 1:2:3                         | 6  | is not an address
          tcp host 10.0.0.1                  | 1  | write 'tcp and host
          ip port 80                         | 1  | has no ports
          ip host fd00::1                    | 9  | takes an IPv4 address
          ip6 host 10.0.0.1                  | 10 | takes an IPv6 address
          ether host 10.0.0.1                | 12 | is not a MAC address
          ether                              | 6  | host, src or dst
          tcp port 80 and                    | 16 | the end
          tcp port 80)                       | 12 | expected and, or, or the end
          (tcp port 80                       | 13 | expected ')'
          tcp udp                            | 5  | expected and, or, or the end
          tcp or 80                          | 8  | expected a condition
          tcp[12] = 2                        | 5  | only tcp[tcpflags]
          tcp[tcpflags] & tcp-syn            | 24 | expected a comparison
          tcp[tcpflags] tcp-syn != 0         | 15 | expected a comparison
          tcp[tcpflags] & tcp-sin != 0       | 17 | a TCP flag
          tcp[tcpflags] & 2 = tcp[tcpflags]  | 21 | with a constant
          vlan 4096                          | 6  | 0 to 4095
          less than                          | 6  | a length in bytes
          port 80 $                          | 9  | has no meaning
          gateway x                          | 1  | expected a condition
          """)
  void saysWhereAndWhat(String filter, int column, String message) {
    assertThatThrownBy(() -> CaptureFilter.parse(filter))
        .isInstanceOf(CaptureFilterException.class)
        .hasMessageContaining("column " + column + ":")
        .hasMessageContaining(message);
  }

  @Test
  void boundsWhatIsAskedOfIt() {
    assertThatThrownBy(() -> CaptureFilter.parse("(".repeat(2000) + "ip" + ")".repeat(2000)))
        .isInstanceOf(CaptureFilterException.class)
        .hasMessageContaining("levels");
    assertThatThrownBy(() -> CaptureFilter.parse("not ".repeat(100) + "ip"))
        .hasMessageContaining("levels");
    assertThatThrownBy(() -> CaptureFilter.parse("ip or ".repeat(1000) + "ip"))
        .hasMessageContaining("4096 characters");
    packet.parse(at, Packets.tcp4(at, 1, TcpHeader.ACK, new byte[0], 0, 1), true);
    assertThat(takes("ip6 or ".repeat(500) + "ip")).isTrue();
  }

  @Test
  void knowsTheDirection() {
    int length = Packets.tcp4(at, 1, TcpHeader.ACK, new byte[0], 0, 1);
    packet.parse(at, length, true);
    assertThat(takes("outbound")).isTrue();
    assertThat(takes("inbound or udp")).isFalse();
    packet.parse(at, length, false);
    assertThat(takes("inbound and tcp")).isTrue();
  }

  @Test
  void findsPortsAndFlagsBehindExtensionHeadersAndInIpv6() {
    int headers = Packets.tcp6(at, 1, TcpHeader.SYN, new byte[0], 0, 1);
    packet.parse(at, headers, true);
    assertThat(takes("tcp[tcpflags] & tcp-syn != 0")).isTrue();
    long ip = at + EthernetHeader.LENGTH;
    // A hop-by-hop header and the header of a first fragment (RFC 8200 sections 4.3 and 4.5).
    Memory.copy(at + Packets.TRANSPORT6, at + Packets.TRANSPORT6 + 16, headers);
    Memory.putByte(ip + 6, 0);
    Memory.putLongBE(ip + Ipv6Header.LENGTH, 44L << 56);
    Memory.putLongBE(ip + Ipv6Header.LENGTH + 8, 6L << 56 | 1L << 32);
    Ipv6Header.payloadLength(ip, 36);
    packet.parse(at, headers + 16, true);
    assertThat(takes("tcp src port 8080 and ip6 and tcp[tcpflags] & tcp-syn != 0")).isTrue();
    // Not of a later fragment.
    Memory.putLongBE(ip + Ipv6Header.LENGTH + 8, 6L << 56 | 9L << 32);
    packet.parse(at, headers + 16, true);
    assertThat(takes("tcp and not port 8080")).isTrue();
  }

  @Test
  void piecesAreSeenAsTheWhole() {
    FilterFrames generator = new FilterFrames(7);
    SplittableRandom random = new SplittableRandom(7);
    CapturedPacket whole = new CapturedPacket(arena);
    Frame pieces = new Frame();
    CaptureFilter[] filters = {
      CaptureFilter.parse("tcp port 80"),
      CaptureFilter.parse("host 10.0.0.1 or host fd00::1"),
      CaptureFilter.parse("tcp[tcpflags] & tcp-syn != 0"),
      CaptureFilter.parse("udp or icmp or vlan 5"),
    };
    int found = 0;
    for (int i = 0; i < 5000; i++) {
      int length = generator.generate(at, random.nextInt(3));
      whole.parse(at, length, true);
      pieces.clear();
      for (int done = 0; done < length; ) {
        int piece = Math.min(length - done, 1 + random.nextInt(pieces.segments() > 60 ? 2000 : 90));
        pieces.add(at + done, piece);
        done += piece;
      }
      packet.parse(pieces, true);
      for (CaptureFilter filter : filters) {
        assertThat(filter.matches(packet)).isEqualTo(filter.matches(whole));
        found += filter.matches(whole) ? 1 : 0;
      }
    }
    assertThat(found).isGreaterThan(1000);
  }
}
