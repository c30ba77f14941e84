package dev.twinpath.server.metrics;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * One rendering of all metrics.
 *
 * @param contentType the media type that {@code body} has
 */
public record Scrape(String contentType, byte[] body) {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  /** Renders in OpenMetrics where {@code accept} names it, else in the text format 0.0.4. */
  static Scrape of(PrometheusMeterRegistry registry, String accept) {
    boolean openMetrics = accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text");
    String contentType = openMetrics ? OPEN_METRICS : TEXT;
    ByteArrayOutputStream out = new ByteArrayOutputStream(32 * 1024);
    try {
      registry.scrape(out, contentType);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Scrape(contentType, out.toByteArray());
  }
}
