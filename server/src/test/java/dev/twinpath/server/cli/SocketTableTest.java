package dev.twinpath.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The text is iproute2's, to the letter. */
class SocketTableTest {
  private static final String CONNECTION =
      """
      {"state": "ESTABLISHED", "recvQ": 0, "sendQ": 14480, "local": "10.0.0.2:8080",
       "remote": "10.0.0.1:51234", "srttMs": 0.3124567, "rtoMs": 204.0, "cwnd": 14480,
       "ssthresh": 10136, "peerWindow": 65536, "mss": 1448, "acked": 28960, "received": 100,
       "retransmitted": 3, "congestion": "cubic", "pacingBytesPerSecond": "none",
       "options": "ts sack ecn wscale:7,8", "backoff": 1, "minRttMs": 0.0251, "reordering": 5,
       "bytesSent": 47784, "bytesRetransmitted": 4344, "segmentsOut": 34, "segmentsIn": 20,
       "window": 62000, "rttVarMs": 0.1, "atoMs": 40.0, "pathMtu": 1500, "receiveMss": 536,
       "advertisedMss": 1460, "dataSegmentsOut": 33, "dataSegmentsIn": 1, "lastSentMs": 7.9,
       "lastReceivedMs": 12.0, "lastAckMs": 0.4, "delivered": 21, "deliveredMarked": 0,
       "appLimited": true, "busyMs": 40.0, "windowLimitedMs": 10.0, "bufferLimitedMs": 0.0,
       "unacked": 10, "retransmitting": 1, "lost": 2, "sacked": 4, "duplicates": 1,
       "receiveRttMs": 1.5, "receiveSpace": 14600, "receiveThreshold": 64076, "notSent": 1448,
       "outOfOrderSegments": 0, "timer": "on", "timerMs": 203.7, "timerCount": 2}
      """;

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void aConnectionAsSsPrintsIt() throws Exception {
    JsonNode listener =
        json(
            """
            {"state": "LISTEN", "recvQ": 0, "sendQ": 4096, "local": "*:80", "remote": "*:*"}
            """);
    JsonNode waiting =
        json(
            """
            {"state": "TIME_WAIT", "recvQ": 0, "sendQ": 0, "local": "[fd00::2]:80",
             "remote": "[fd00::1]:40000", "timer": "timewait", "timerMs": 46123.0, "timerCount": 0}
            """);
    assertThat(SocketTable.lines(List.of(listener, json(CONNECTION), waiting)))
        .containsExactly(
            "State     Recv-Q Send-Q Local Address:Port Peer Address:Port",
            "LISTEN    0      4096               *:80              *:*",
            "ESTAB     0      14480       10.0.0.2:8080     10.0.0.1:51234 timer:(on,203ms,2)",
            "\t ts sack ecn cubic wscale:7,8 rto:204 backoff:1 rtt:0.312/0.1 ato:40 mss:1448"
                + " pmtu:1500 rcvmss:536 advmss:1460 cwnd:10 ssthresh:7 bytes_sent:47784"
                + " bytes_retrans:4344 bytes_acked:28960 bytes_received:100 segs_out:34"
                + " segs_in:20 data_segs_out:33 data_segs_in:1 send 371Mbps lastsnd:7"
                + " lastrcv:12 delivered:21 app_limited busy:40ms rwnd_limited:10ms(25.0%)"
                + " unacked:10 retrans:1/3 lost:2 sacked:4 dsack_dups:1 reordering:5"
                + " rcv_rtt:1.5 rcv_space:14600 rcv_ssthresh:64076 notsent:1448 minrtt:0.025"
                + " snd_wnd:65536 rcv_wnd:62000",
            "TIME-WAIT 0      0          [fd00::2]:80      [fd00::1]:40000"
                + " timer:(timewait,46sec,0)");
  }

  @Test
  void whatIsZeroOrUsualIsLeftOut() throws Exception {
    JsonNode fresh =
        json(
            """
            {"srttMs": 0.0, "rtoMs": 1000.0, "mss": 1460, "cwnd": 14600, "ssthresh": "none",
             "congestion": "bbr", "pacingBytesPerSecond": 1250000, "options": "",
             "reordering": 3, "retransmitted": 0, "timer": "off"}
            """);
    assertThat(ConnectionText.info(fresh))
        .isEqualTo("bbr rto:1000 mss:1460 cwnd:10 pacing_rate 10Mbps");
    assertThat(ConnectionText.timer(fresh)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "204, 204ms",
    "7, 007ms",
    "1500, 1.500sec",
    "3000, 3sec",
    "46123, 46sec",
    "119999, 1min59sec",
    "61000, 1min1sec",
    "7200000, 120min"
  })
  void durationsAreThoseOfSs(long millis, String text) {
    assertThat(ConnectionText.duration(millis)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "999, 999",
    "12345678, 12.3M",
    "1e12, 1T",
    "999600, 1e+03k",
    "100000, 100k",
    "2.5e9, 2.5G"
  })
  void bandwidthsAreThoseOfSs(double bits, String text) {
    assertThat(ConnectionText.bandwidth(bits)).isEqualTo(text);
  }

  @Test
  void countsByState() throws Exception {
    JsonNode all =
        json(
            """
            {"listeners": [{"state": "LISTEN", "local": "*:80"}],
             "connections": [{"state": "ESTABLISHED", "local": "10.0.0.2:80"},
                             {"state": "ESTABLISHED", "local": "[fd00::2]:80"},
                             {"state": "FIN_WAIT_1", "local": "10.0.0.2:80", "orphan": true}],
             "timeWait": [{"state": "TIME_WAIT", "local": "10.0.0.2:80"}]}
            """);
    assertThat(SocketSummary.lines(all))
        .containsExactly(
            "TCP:   5 (estab 2, closed 0, orphaned 1, timewait 1)",
            "",
            "State      Total     IP        IPv6",
            "ESTAB      2         1         1",
            "FIN-WAIT-1 1         1         0",
            "TIME-WAIT  1         1         0",
            "LISTEN     1         1         0",
            "TCP        5         4         1");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1:5, true",
    "10.0.0.1:5, 10.0.0.1:5, true",
    "10.0.0.1:6, 10.0.0.1:5, false",
    "10.0.0.2, 10.0.0.1:5, false",
    ":5, 10.0.0.1:5, true",
    "*:5, [fd00::1]:5, true",
    "fd00:0::1, [fd00::1]:5, true",
    "[fd00::1], [fd00::1]:5, true",
    "[fd00::1]:5, [fd00::1]:5, true",
    "[fd00::1]:6, [fd00::1]:5, false",
    "10.0.0.1, *:80, false",
    ":80, *:80, true"
  })
  void addressesArePicked(String filter, String address, boolean passes) {
    assertThat(SocketAddressFilter.parse(filter).passes(address)).isEqualTo(passes);
  }

  @Test
  void statesHaveTheirNamesAndGroups() {
    assertThat(SocketState.parse("ESTABLISHED")).containsExactly(SocketState.ESTAB);
    assertThat(SocketState.parse("syn-received")).containsExactly(SocketState.SYN_RECV);
    assertThat(SocketState.parse("listen")).isEqualTo(SocketState.parse("listening"));
    assertThat(SocketState.parse("connected"))
        .doesNotContain(SocketState.LISTEN)
        .contains(SocketState.TIME_WAIT, SocketState.SYN_SENT);
    assertThat(SocketState.parse("bucket"))
        .containsExactlyInAnyOrder(SocketState.SYN_RECV, SocketState.TIME_WAIT);
    assertThatThrownBy(() -> SocketState.parse("open")).hasMessageContaining("is not a state");
  }
}
