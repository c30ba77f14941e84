package dev.twinpath.server.ftp;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What RFC 3659 tells about one file over the control connection: SIZE, MDTM, MLST. */
final class FileVerbs {
  private FileVerbs() {}

  static void register(Map<String, FtpVerb> verbs) {
    verbs.put("SIZE", FileVerbs::size);
    verbs.put("MDTM", FileVerbs::modified);
    verbs.put("MLST", FileVerbs::facts);
  }

  /**
   * The size that a transfer would have (RFC 3659, section 4): in TYPE A it is not known without
   * reading the whole file, so it is refused there.
   */
  private static void size(FtpSession session, String name) {
    if (name.isEmpty()) {
      session.reply(501, "SIZE needs a file.");
    } else if (session.settings().ascii()) {
      session.reply(550, "SIZE is not told in TYPE A; set TYPE I.");
    } else {
      session.stat(
          name,
          entry -> {
            if (entry.directory()) {
              session.reply(550, "Not a file.");
            } else {
              session.reply(213, Long.toString(entry.size()));
            }
          });
    }
  }

  private static void modified(FtpSession session, String name) {
    if (name.isEmpty()) {
      session.reply(501, "MDTM needs a file.");
      return;
    }
    session.stat(
        name,
        entry -> {
          if (entry.directory()) {
            session.reply(550, "Not a file.");
          } else {
            session.reply(213, MlstFact.time(entry.modifiedSeconds().orElseThrow()));
          }
        });
  }

  private static void facts(FtpSession session, String name) {
    String path = session.settings().resolve(name);
    Set<MlstFact> facts = session.settings().facts();
    session.stat(
        name,
        entry -> {
          StringBuilder line = new StringBuilder();
          MlstFact.append(line, facts, entry, path);
          // Facts stand after one space (section 7.2), which FtpReply puts before inner lines;
          // without any fact the line already begins with the space before the name.
          session.reply(
              new FtpReply(250, List.of("Listing", line.toString().stripLeading(), "End")));
        });
  }
}
