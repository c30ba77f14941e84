package dev.twinpath.server.ftp;

/** The arguments of listing commands. */
final class ListingArguments {
  private ListingArguments() {}

  /** Clients pass options of {@code ls}, like {@code -la}; none changes anything here. */
  static String withoutOptions(String argument) {
    String rest = argument;
    while (rest.startsWith("-")) {
      int space = rest.indexOf(' ');
      if (space < 0) {
        return "";
      }
      rest = rest.substring(space + 1);
    }
    return rest;
  }

  /** What NLST puts before each name so that the client can use it as it is: up to the slash. */
  static String prefix(String name) {
    int slash = name.lastIndexOf('/');
    if (NamePattern.isPattern(name) || slash == name.length() - 1) {
      return name.substring(0, slash + 1);
    }
    return "";
  }
}
