package dev.twinpath.server.ftp;

import java.util.Map;

/** PWD, CWD and CDUP, with the X names of RFC 775 that old clients use (RFC 1123, 4.1.3.1). */
final class DirectoryVerbs {
  private DirectoryVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    for (String prefix : new String[] {"", "X"}) {
      verbs.put(prefix + "PWD", DirectoryVerbs::print);
      verbs.put(prefix.isEmpty() ? "CWD" : "XCWD", DirectoryVerbs::change);
      verbs.put(prefix.isEmpty() ? "CDUP" : "XCUP", (session, argument) -> change(session, ".."));
    }
  }

  private static void print(FtpSession session, String argument) {
    String directory = session.settings().directory();
    session.reply(257, FtpPath.quote(directory) + " is the current directory.");
  }

  private static void change(FtpSession session, String name) {
    if (name.isEmpty()) {
      session.reply(501, "CWD needs a directory.");
      return;
    }
    String path = session.settings().resolve(name);
    session.stat(
        name,
        entry -> {
          if (entry.directory()) {
            session.settings().directory(path);
            session.reply(250, "Directory is now " + FtpPath.quote(path) + ".");
          } else {
            session.reply(550, "Not a directory.");
          }
        });
  }
}
