package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What is served in a comparison; closing it removes it when it was made for that. */
public final class Content implements AutoCloseable {
  private final Path directory;
  private final List<Scenario> scenarios;
  private final boolean temporary;

  private Content(Path directory, List<Scenario> scenarios, boolean temporary) {
    this.directory = directory;
    this.scenarios = scenarios;
    this.temporary = temporary;
  }

  /** Takes files of a directory, which is only read. */
  public static Content of(Path directory, List<Long> sizes, int connections) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    Path real = directory.toRealPath();
    return new Content(real, ContentPicker.pick(real, sizes, connections), false);
  }

  /** Makes files of exactly these sizes in a temporary directory. */
  public static Content synthetic(List<Long> sizes, int connections) throws IOException {
    Path directory = Files.createTempDirectory("twinpath-compare-");
    try {
      ContentPicker.synthesize(directory, sizes);
      return new Content(directory, ContentPicker.pick(directory, sizes, connections), true);
    } catch (IOException e) {
      delete(directory);
      throw e;
    }
  }

  /** Returns the directory to serve. */
  public Path directory() {
    return directory;
  }

  /** Returns a scenario for each chosen file. */
  public List<Scenario> scenarios() {
    return scenarios;
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      delete(directory);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return;
    }
    Files.deleteIfExists(directory);
  }
}
