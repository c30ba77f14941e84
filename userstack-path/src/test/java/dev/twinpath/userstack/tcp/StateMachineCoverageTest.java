package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Every event in every state, against the table of what RFC 9293 section 3.10 and Linux say should
 * come of it ({@code state-machine.txt}). What happened is left in {@code
 * target/state-coverage.md}.
 */
class StateMachineCoverageTest {
  private static final String TABLE = "state-machine.txt";

  @Test
  void everyEventInEveryStateDoesWhatTheTableSays() throws IOException {
    Map<String, String> expected = table();
    List<String> wrong = new ArrayList<>();
    StringBuilder report = new StringBuilder();
    report.append("# What the stack does, by state and event\n");
    int pairs = 0;
    int excused = 0;
    for (StateMachine.Setup state : StateMachine.Setup.values()) {
      report.append("\n## ").append(state).append("\n\n");
      report.append("| event | next state | answer | counted |\n|---|---|---|---|\n");
      for (StateMachine.Event event : StateMachine.Event.values()) {
        String pair = state + " " + event;
        String actual = StateMachine.outcome(state, event);
        String should = expected.remove(pair);
        if (!actual.equals(should)) {
          wrong.add(pair + " | " + actual + "   # expected: " + should);
        }
        pairs++;
        boolean not = actual.startsWith("n/a");
        excused += not ? 1 : 0;
        report.append("| ").append(event).append(" | ").append(actual);
        report.append(not ? " | | |\n" : " |\n");
      }
    }
    report.append("\n").append(pairs).append(" pairs, ").append(excused);
    report.append(" of them cannot happen, for the reason that stands there.\n");
    Files.createDirectories(Path.of("target"));
    Files.writeString(Path.of("target", "state-coverage.md"), report);
    assertThat(wrong).as("pairs that do something else").isEmpty();
    assertThat(expected.keySet()).as("lines of the table that name no pair").isEmpty();
  }

  private static Map<String, String> table() throws IOException {
    Map<String, String> table = new LinkedHashMap<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                StateMachineCoverageTest.class.getResourceAsStream(TABLE),
                StandardCharsets.UTF_8))) {
      String line;
      while ((line = in.readLine()) != null) {
        int bar = line.indexOf('|');
        if (!line.startsWith("#") && bar > 0) {
          String key = line.substring(0, bar).trim();
          assertThat(table.put(key, line.substring(bar + 1).trim())).as(key).isNull();
        }
      }
    }
    return table;
  }
}
