package dev.twinpath.nic.linux;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which Linux this is, for what it can only be asked by trying it on traffic. */
public final class KernelRelease {
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  private KernelRelease() {}

  /** Whether this kernel is of that version or a later one; false when it cannot be told. */
  public static boolean isAtLeast(int major, int minor) {
    return isAtLeast(System.getProperty("os.version", ""), major, minor);
  }

  static boolean isAtLeast(String release, int major, int minor) {
    Matcher version = RELEASE.matcher(release);
    if (!version.matches()) {
      return false;
    }
    int itsMajor = Integer.parseInt(version.group(1));
    return itsMajor > major || (itsMajor == major && Integer.parseInt(version.group(2)) >= minor);
  }
}
