package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An FTP server of some path, with its counters. */
interface FtpFixture extends AutoCloseable {
  /** Where clients on this machine reach it. */
  InetSocketAddress address();

  ServerMetrics metrics();

  /** The path that serves. */
  DataPath path();

  /**
   * What a scrape says of one series of this path, or 0.
   *
   * @param labels all but the path, in any order
   */
  default double metric(String name, String... labels) {
    Set<String> wanted = new HashSet<>(List.of(labels));
    wanted.add("path=\"" + path().label() + "\"");
    String text = new String(metrics().scrape("text/plain").body(), UTF_8);
    Matcher line = Pattern.compile("(?m)^" + name + "\\{(.*)} (.*)$").matcher(text);
    while (line.find()) {
      if (wanted.equals(Set.of(line.group(1).split(",")))) {
        return Double.parseDouble(line.group(2));
      }
    }
    return 0;
  }

  @Override
  void close();
}
