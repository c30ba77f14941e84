package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;

/** A target ready to be asked for: the address is resolved, the request is in bytes. */
final class ResolvedTarget {
  private static final byte[] NOT_HASHED = new byte[0];

  final InetSocketAddress address;
  final ByteBuf request;
  final long expectedLength;
  final byte[] expectedSha256;
  final boolean head;

  private ResolvedTarget(TargetSpec spec, boolean keepAlive) throws UnknownHostException {
    address = new InetSocketAddress(spec.host(), spec.port());
    if (address.isUnresolved()) {
      throw new UnknownHostException(spec.host());
    }
    byte[] bytes = requestOf(spec, keepAlive).getBytes(StandardCharsets.ISO_8859_1);
    request = Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly();
    Expectation expectation = spec.expectation();
    expectedLength = expectation.length();
    expectedSha256 =
        expectation.hashed()
            ? HexFormat.of().parseHex(expectation.sha256().toLowerCase(Locale.ROOT))
            : NOT_HASHED;
    head = spec.head();
  }

  static ResolvedTarget of(TargetSpec spec, boolean keepAlive) throws UnknownHostException {
    return new ResolvedTarget(spec, keepAlive);
  }

  void release() {
    request.release();
  }

  boolean hashed() {
    return expectedSha256.length > 0;
  }

  static String requestOf(TargetSpec spec, boolean keepAlive) {
    StringBuilder text = new StringBuilder(256);
    String path = spec.url().getRawPath();
    text.append(spec.method()).append(' ').append(path == null || path.isEmpty() ? "/" : path);
    if (spec.url().getRawQuery() != null) {
      text.append('?').append(spec.url().getRawQuery());
    }
    text.append(" HTTP/1.1\r\n");
    if (spec.headers().stream().noneMatch(h -> h.regionMatches(true, 0, "host:", 0, 5))) {
      text.append("Host: ").append(spec.url().getHost());
      if (spec.url().getPort() >= 0) {
        text.append(':').append(spec.url().getPort());
      }
      text.append("\r\n");
    }
    for (String header : spec.headers()) {
      text.append(header).append("\r\n");
    }
    if (!keepAlive) {
      text.append("Connection: close\r\n");
    }
    return text.append("\r\n").toString();
  }
}
