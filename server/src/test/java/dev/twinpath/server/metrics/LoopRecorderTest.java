package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.path.DataPath;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopRecorderTest {
  private final ServerMetrics metrics = new ServerMetrics();
  private final LoopRecorder recorder = metrics.recorder(DataPath.SENDFILE, 0);

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void theSameLoopGetsTheSameRecorder() {
    assertThat(metrics.recorder(DataPath.SENDFILE, 0)).isSameAs(recorder);
    assertThat(metrics.recorder(DataPath.SENDFILE, 1)).isNotSameAs(recorder);
    assertThat(metrics.recorder(DataPath.USERSTACK, 0)).isNotSameAs(recorder);
  }

  @Test
  void requestsShowAsAHistogramWithExactSum() {
    recorder.requestStarted();
    recorder.requestStarted();
    recorder.requestCompleted(RequestMethod.GET, 206, HttpProtocol.HTTP_1_1, 25_000);
    assertThat(text())
        .contains("http_server_active_requests{path=\"sendfile\"} 1")
        .contains(
            "http_server_request_duration_seconds_bucket{method=\"GET\",path=\"sendfile\","
                + "protocol=\"http/1.1\",status_class=\"2xx\",le=\"2.5E-5\"} 1\n")
        .contains(
            "http_server_request_duration_seconds_sum{method=\"GET\",path=\"sendfile\","
                + "protocol=\"http/1.1\",status_class=\"2xx\"} 2.5E-5\n");
  }

  @Test
  void bucketsAreInclusiveAbove() {
    assertThat(DurationBuckets.indexOf(0)).isZero();
    assertThat(DurationBuckets.indexOf(25_000)).isZero();
    assertThat(DurationBuckets.indexOf(25_001)).isEqualTo(1);
    assertThat(DurationBuckets.indexOf(TimeUnit.SECONDS.toNanos(10)))
        .isEqualTo(DurationBuckets.COUNT - 2);
    assertThat(DurationBuckets.indexOf(Long.MAX_VALUE)).isEqualTo(DurationBuckets.COUNT - 1);
  }

  @Test
  void byteBucketsDoubleAndAreInclusiveAbove() {
    assertThat(BucketScale.BYTES.indexOf(0)).isZero();
    assertThat(BucketScale.BYTES.indexOf(4096)).isZero();
    assertThat(BucketScale.BYTES.indexOf(4097)).isEqualTo(1);
    assertThat(BucketScale.BYTES.indexOf(1L << 29)).isEqualTo(DurationBuckets.COUNT - 2);
    assertThat(BucketScale.BYTES.indexOf(Long.MAX_VALUE)).isEqualTo(DurationBuckets.COUNT - 1);
    recorder.connectionSample(0, 14_600);
    assertThat(text())
        .contains("twinpath_tcp_cwnd_bytes_bucket{path=\"sendfile\",le=\"8192.0\"} 0\n")
        .contains("twinpath_tcp_cwnd_bytes_bucket{path=\"sendfile\",le=\"16384.0\"} 1\n")
        .contains("twinpath_tcp_cwnd_bytes_sum{path=\"sendfile\"} 14600.0\n")
        .contains("twinpath_tcp_srtt_seconds_count{path=\"sendfile\"} 0\n");
  }

  @Test
  void loopsAddUp() {
    LoopRecorder second = metrics.recorder(DataPath.SENDFILE, 1);
    recorder.bodyBytes(BodyMode.SPLICE, 3);
    second.bodyBytes(BodyMode.SPLICE, 4);
    recorder.connectionOpened(ConnectionProtocol.HTTP);
    second.connectionOpened(ConnectionProtocol.HTTP);
    second.connectionClosed(ConnectionProtocol.HTTP, CloseReason.CLIENT);
    assertThat(text())
        .contains("http_server_response_body_bytes_total{mode=\"splice\",path=\"sendfile\"} 7.0\n")
        .contains("twinpath_connections_accepted_total{path=\"sendfile\",protocol=\"http\"} 2.0\n")
        .contains("twinpath_connections{path=\"sendfile\",protocol=\"http\"} 1.0\n");
  }

  @Test
  void unknownFtpCommandsShareOneLabel() {
    recorder.ftpCommand("RETR", 226);
    recorder.ftpCommand("XYZZY", 500);
    recorder.ftpCommand("XYZZY2", 999);
    assertThat(text())
        .contains("command=\"RETR\",path=\"sendfile\"} 1.0")
        .contains("{code=\"500\",command=\"other\",path=\"sendfile\"} 1.0")
        .contains("{code=\"other\",command=\"other\",path=\"sendfile\"} 1.0");
  }

  @Test
  void aMethodTokenIsCaseSensitive() {
    assertThat(RequestMethod.of("GET")).isEqualTo(RequestMethod.GET);
    assertThat(RequestMethod.of("get")).isEqualTo(RequestMethod.OTHER);
    assertThat(RequestMethod.OTHER.label()).isEqualTo("_OTHER");
  }

  private String text() {
    return new String(metrics.scrape("").body(), StandardCharsets.UTF_8);
  }
}
