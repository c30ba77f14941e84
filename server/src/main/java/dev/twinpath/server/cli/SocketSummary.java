package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** Counts by state, as {@code ss -s} has them. */
final class SocketSummary {
  private SocketSummary() {}

  /** Lines of text from the server's whole answer. */
  static List<String> lines(JsonNode all) {
    JsonNode timeWait = all.path("timeWait");
    int[] v4 = new int[SocketState.values().length];
    int[] v6 = new int[v4.length];
    int orphaned = 0;
    for (Iterator<JsonNode> kinds = all.elements(); kinds.hasNext(); ) {
      for (JsonNode socket : kinds.next()) {
        int state = SocketState.ofJson(socket.path("state").asText()).ordinal();
        boolean is6 = socket.path("local").asText().startsWith("[");
        v4[state] += is6 ? 0 : 1;
        v6[state] += is6 ? 1 : 0;
        orphaned += socket.path("orphan").asBoolean() ? 1 : 0;
      }
    }
    int established = v4[SocketState.ESTAB.ordinal()] + v6[SocketState.ESTAB.ordinal()];
    int closed = v4[SocketState.UNCONN.ordinal()] + v6[SocketState.UNCONN.ordinal()];
    int total = all.path("connections").size() + all.path("listeners").size() + timeWait.size();
    List<String> lines = new ArrayList<>();
    lines.add(
        "TCP:   %d (estab %d, closed %d, orphaned %d, timewait %d)"
            .formatted(total, established, closed, orphaned, timeWait.size()));
    lines.add("");
    lines.add("State      Total     IP        IPv6");
    for (SocketState state : SocketState.values()) {
      int four = v4[state.ordinal()];
      int six = v6[state.ordinal()];
      if (four + six > 0) {
        lines.add(line(state.shortName(), four, six));
      }
    }
    lines.add(line("TCP", sum(v4), sum(v6)));
    return lines;
  }

  private static int sum(int[] counts) {
    return java.util.Arrays.stream(counts).sum();
  }

  private static String line(String name, int four, int six) {
    return String.format(Locale.ROOT, "%-10s %-9d %-9d %d", name, four + six, four, six);
  }
}
