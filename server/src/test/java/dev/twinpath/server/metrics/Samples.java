package dev.twinpath.server.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A scrape, read back as Prometheus would. */
final class Samples {
  private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_0-9]+)(?:\\{(.*)})? (\\S+)$");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) ");

  private record Sample(String name, Map<String, String> labels, double value) {}

  private final Set<String> families = new HashSet<>();
  private final List<Sample> samples = new ArrayList<>();

  Samples(String text) {
    Matcher type = TYPE.matcher(text);
    while (type.find()) {
      families.add(type.group(1));
    }
    Matcher line = SAMPLE.matcher(text);
    while (line.find()) {
      Map<String, String> labels = new LinkedHashMap<>();
      Matcher label = LABEL.matcher(line.group(2) == null ? "" : line.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      samples.add(new Sample(line.group(1), labels, Double.parseDouble(line.group(3))));
    }
  }

  /** The families that the text declares. */
  Set<String> families() {
    return families;
  }

  /**
   * The sum over every series of a name that has these labels, given as name, value, name, value.
   */
  double sum(String name, String... wanted) {
    double sum = 0;
    for (Sample sample : samples) {
      boolean matches = sample.name().equals(name);
      for (int i = 0; i < wanted.length; i += 2) {
        matches &= wanted[i + 1].equals(sample.labels().get(wanted[i]));
      }
      sum += matches ? sample.value() : 0;
    }
    return sum;
  }
}
