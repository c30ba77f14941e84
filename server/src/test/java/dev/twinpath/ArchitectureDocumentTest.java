package dev.twinpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/architecture.md} names classes: each of them must exist, or the page has gone stale.
 */
class ArchitectureDocumentTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern CLASS_NAME =
      Pattern.compile("`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)`");

  /** Names in the page that are Netty's, the JDK's or the operating system's. */
  private static final Set<String> NOT_OURS =
      Set.of("IoHandler", "IoHandlerFactory", "FileRegion", "DefaultFileRegion", "Micrometer");

  @Test
  void everyClassThatThePageNamesExists() throws IOException {
    Set<String> named = new TreeSet<>();
    Matcher matcher = CLASS_NAME.matcher(Files.readString(ROOT.resolve("docs/architecture.md")));
    while (matcher.find()) {
      named.add(matcher.group(1));
    }
    named.removeAll(NOT_OURS);
    assertThat(named).hasSizeGreaterThan(30);
    assertThat(sourceFiles()).containsAll(named);
  }

  private static Set<String> sourceFiles() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(Collectors.toSet());
    }
  }
}
