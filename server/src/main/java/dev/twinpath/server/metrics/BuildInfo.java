package dev.twinpath.server.metrics;

import io.netty.util.Version;
import java.util.Map;
import java.util.Optional;

/**
 * What is running.
 *
 * @param version of twinpath, from the jar's manifest
 * @param commit that it was built from, as the launcher says
 * @param jdk the version of the running Java
 * @param netty the version of Netty's transport
 */
public record BuildInfo(String version, String commit, String jdk, String netty) {
  private static final String UNKNOWN = "unknown";

  /** Looks at the running program. */
  public static BuildInfo current() {
    Map<String, Version> netty = Version.identify();
    return new BuildInfo(
        Optional.ofNullable(BuildInfo.class.getPackage().getImplementationVersion())
            .orElse("development"),
        System.getProperty("twinpath.commit", UNKNOWN),
        Runtime.version().toString(),
        Optional.ofNullable(netty.get("netty-transport"))
            .map(Version::artifactVersion)
            .orElse(UNKNOWN));
  }
}
