package dev.twinpath.server.ftp;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** All commands by name, and what has to hold before one runs. */
final class FtpVerbs {
  /** What a client may ask before it has logged in. */
  private static final Set<String> WITHOUT_LOGIN =
      Set.of(
          "USER", "PASS", "ACCT", "REIN", "QUIT", "FEAT", "OPTS", "SYST", "HELP", "NOOP", "STAT",
          "ABOR", "AUTH", "PBSZ", "PROT", "CCC", "HOST", "CLNT", "TYPE", "MODE", "STRU");

  private static final Map<String, FtpVerb> VERBS = verbs();

  private FtpVerbs() {}

  private static Map<String, FtpVerb> verbs() {
    Map<String, FtpVerb> verbs = new TreeMap<>();
    AccessVerbs.register(verbs);
    DirectoryVerbs.register(verbs);
    InformationVerbs.register(verbs);
    ParameterVerbs.register(verbs);
    TransferVerbs.register(verbs);
    FileVerbs.register(verbs);
    RefusedVerbs.register(verbs);
    return verbs;
  }

  /** For HELP. */
  static List<String> names() {
    return List.copyOf(VERBS.keySet());
  }

  static void run(FtpSession session, FtpCommand command) {
    switch (command.defect()) {
      case TOO_LONG:
        session.reply(500, "Line too long.");
        return;
      case NOT_UTF8:
        session.reply(501, "Names are UTF-8.");
        return;
      case NOT_A_VERB:
        session.reply(500, "Not a command.");
        return;
      default:
        break;
    }
    FtpVerb verb = VERBS.get(command.verb());
    if (verb == null) {
      session.reply(500, "Unknown command.");
    } else if (session.settings().login() != FtpSettings.Login.DONE
        && !WITHOUT_LOGIN.contains(command.verb())) {
      session.reply(530, "Log in first: USER anonymous.");
    } else {
      verb.run(session, command.argument());
    }
  }
}
