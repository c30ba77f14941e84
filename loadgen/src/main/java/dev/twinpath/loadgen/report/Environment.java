package dev.twinpath.loadgen.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a figure depends on besides the program: stands in every report. */
public final class Environment {
  private Environment() {}

  /** Returns the machine and the JDK of this process. */
  public static ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("os", System.getProperty("os.name"));
    node.put("kernel", System.getProperty("os.version"));
    node.put("arch", System.getProperty("os.arch"));
    node.put("cpu", cpuModel());
    node.put("cpus", Runtime.getRuntime().availableProcessors());
    node.put("jdk", System.getProperty("java.runtime.version"));
    node.put("vm", System.getProperty("java.vm.name"));
    return node;
  }

  private static String cpuModel() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).trim();
        }
      }
    } catch (IOException e) {
      return "unknown"; // not Linux, or /proc is hidden
    }
    return "unknown";
  }
}
