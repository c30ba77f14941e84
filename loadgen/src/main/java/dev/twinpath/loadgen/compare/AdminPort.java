package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a comparison asks of a running server's admin port.
 *
 * @param base for example {@code http://127.0.0.1:9090}
 */
record AdminPort(URI base) {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final Pattern CPU =
      Pattern.compile("^twinpath_cpu_seconds_total\\{([^}]*)\\}\\s+(\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  boolean ready() {
    try {
      get("/readyz");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the body of a GET, which must be answered with 200. */
  String get(String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(base + path).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    if (connection.getResponseCode() != 200) {
      throw new IOException(base + path + " answered " + connection.getResponseCode());
    }
    try (var in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Returns the server's account of its CPU seconds, {@code path/role}; empty when it has none. */
  Map<String, Double> cpuByRole() {
    try {
      return parseCpu(get("/metrics"));
    } catch (IOException e) {
      return Map.of();
    }
  }

  static Map<String, Double> parseCpu(String metrics) {
    Map<String, Double> seconds = new TreeMap<>();
    for (String line : metrics.split("\n")) {
      Matcher matcher = CPU.matcher(line);
      if (matcher.find()) {
        Map<String, String> labels = new TreeMap<>();
        Matcher label = LABEL.matcher(matcher.group(1));
        while (label.find()) {
          labels.put(label.group(1), label.group(2));
        }
        String role = labels.getOrDefault("role", "");
        String path = labels.getOrDefault("path", "");
        String key = path.isEmpty() || path.equals("none") ? role : path + "/" + role;
        seconds.merge(key, Double.parseDouble(matcher.group(2)), Double::sum);
      }
    }
    return seconds;
  }
}
