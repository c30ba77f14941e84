package dev.twinpath.testsupport;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides {@link RequiresRoot}. */
final class RequiresRootCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if ("all".equals(System.getenv("TWINPATH_TESTS"))) {
      return ConditionEvaluationResult.enabled("TWINPATH_TESTS=all: nothing is skipped");
    }
    String[] commands =
        AnnotationSupport.findAnnotation(context.getElement(), RequiresRoot.class)
            .map(RequiresRoot::commands)
            .orElse(new String[0]);
    List<String> missing = missing(commands);
    return missing.isEmpty()
        ? ConditionEvaluationResult.enabled("root, namespaces and commands are there")
        : ConditionEvaluationResult.disabled(
            "this test needs " + String.join(", ", missing) + "; .ci/run installs and runs it");
  }

  private static List<String> missing(String[] commands) {
    List<String> missing = new ArrayList<>();
    if (!"root".equals(System.getProperty("user.name"))) {
      missing.add("root (for network namespaces)");
    }
    if (!Files.isWritable(Path.of("/dev/net/tun"))) {
      missing.add("/dev/net/tun");
    }
    List<String> needed = new ArrayList<>(List.of(commands));
    needed.add("ip");
    for (String command : needed) {
      if (!onPath(command)) {
        missing.add("the command " + command);
      }
    }
    return missing;
  }

  private static boolean onPath(String command) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String folder : path.split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(folder, command))) {
        return true;
      }
    }
    return false;
  }
}
