package dev.twinpath.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * A histogram in JSON: the usual percentiles in nanoseconds, and the whole histogram in
 * HdrHistogram's own compressed form (base64), so that reports can be merged without averaging.
 */
final class HistogramJson {
  private static final double[] PERCENTILES = {50, 75, 90, 95, 99, 99.9, 99.99};

  private HistogramJson() {}

  static ObjectNode write(Histogram histogram) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    long count = histogram.getTotalCount();
    node.put("count", count);
    node.put("min", count == 0 ? 0 : histogram.getMinValue());
    node.put("mean", count == 0 ? 0 : histogram.getMean());
    node.put("stddev", count == 0 ? 0 : histogram.getStdDeviation());
    for (double percentile : PERCENTILES) {
      node.put(name(percentile), histogram.getValueAtPercentile(percentile));
    }
    node.put("max", histogram.getMaxValue());
    node.put("histogram", encode(histogram));
    return node;
  }

  /** Returns {@code p99.9} for 99.9. */
  static String name(double percentile) {
    String text = Double.toString(percentile);
    return "p" + (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text);
  }

  static String encode(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(buffer.array(), length));
  }

  static Histogram read(JsonNode node) {
    byte[] bytes = Base64.getDecoder().decode(node.path("histogram").asText());
    try {
      return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("not a histogram: " + e.getMessage(), e);
    }
  }
}
