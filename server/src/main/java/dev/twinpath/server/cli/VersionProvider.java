package dev.twinpath.server.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, its commit, and what it runs on. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Twinpath.class.getPackage().getImplementationVersion();
    String commit = System.getProperty("twinpath.commit", "unknown");
    return new String[] {
      "twinpath " + (version == null ? "development" : version) + " (" + commit + ")",
      "Java "
          + System.getProperty("java.version")
          + ", "
          + System.getProperty("os.name")
          + " "
          + System.getProperty("os.version")
          + " "
          + System.getProperty("os.arch")
    };
  }
}
